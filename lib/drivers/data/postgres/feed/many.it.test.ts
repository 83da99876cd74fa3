/** Hundreds of tables with sequences: every act of a feed works, and none needs a round trip for each. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SlotLab, startSlotLab } from "../../testing.ts";
import { fence, how, SERVER_PLACES, soon } from "./testing.ts";

const COUNT = 500;
const SCHEMA = Array.from(
  { length: COUNT },
  (_, n) =>
    `CREATE TABLE t${n} (id serial PRIMARY KEY, ref text${n ? `, up int REFERENCES t${n - 1}` : ""});`,
).join("\n");

for (const { title, missing, lab: place } of SERVER_PLACES) {
  describe.skipIf(missing)(`${COUNT} tables on ${title}`, () => {
    let lab: SlotLab;
    beforeAll(async () => {
      lab = await startSlotLab(place);
    });
    afterAll(() => lab.stop());

    it("are fed there and back", { timeout: 300_000 }, async () => {
      const feeds = lab.driver.feeds!;
      const took: Record<string, number[]> = {};
      const timed = async <T>(name: string, work: Promise<T>): Promise<T> => {
        const started = performance.now();
        const result = await work;
        took[name] = [...(took[name] ?? []), Math.round(performance.now() - started)];
        return result;
      };
      const { blue, green } = await lab.pair(SCHEMA);
      const findings = await timed("preflight", feeds.preflight(blue, green));
      expect(findings.filter(({ severity }) => severity === "refuse")).toEqual([]);
      await timed("open", feeds.open(blue, green, how()));
      let [live, idle] = [blue, green];
      for (let token = 2; token < 4; token++) {
        const app = await lab.asApp(live);
        const insert = (n: number) =>
          `INSERT INTO t${n} (ref${n ? ", up" : ""}) SELECT '${token}'${n ? `, max(id) FROM t${n - 1}` : ""}`;
        await app.query(Array.from({ length: COUNT }, (_, n) => insert(n)).join(";"));
        await feeds.settle(live, idle, soon);
        expect(await timed("beforeTurn", feeds.beforeTurn(live, idle, { token }))).toEqual([]);
        const held = await timed("fence", fence(lab, live, token));
        await timed("settle", feeds.settle(live, idle, soon));
        expect(await timed("sequences", feeds.carrySequences(live, idle, { token }))).toEqual({
          sequences: COUNT,
        });
        expect(await timed("quickCheck", feeds.schemaChanges(live, idle))).toEqual([]);
        await timed("turn", feeds.turn(live, idle, { token }));
        await timed("durable", held.makeDurable());
        await timed("unfence", lab.driver.unfence(idle, { token }));
        await timed("start", feeds.start(idle, live, { token }));
        [live, idle] = [idle, live];
      }
      await feeds.settle(live, idle, soon);
      for (const n of [0, 250, COUNT - 1]) {
        const rows = await lab.sql(live, `SELECT * FROM t${n} ORDER BY id`);
        expect(rows).toHaveLength(2);
        expect(await lab.sql(idle, `SELECT * FROM t${n} ORDER BY id`)).toEqual(rows);
      }
      await timed("close", feeds.close([blue, green], { token: 5 }));
      if (process.env.SHOW_TIMES) console.log(title, took);
    });
  });
}
