/** Rows that the idle side can't take: the feed stops at them, says why, keeps what follows, and goes on. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import type { FeedStatus, Feeds } from "#lib/engine/ports.ts";
import { type SlotLab, startSlotLab } from "../../testing.ts";
import { how, SERVER_PLACES, soon, stateOf, tend } from "./testing.ts";

const SCHEMA = "CREATE TABLE t (id int PRIMARY KEY, n int, ref text)";

const MISFITS = [
  {
    rule: "NOT NULL",
    on: "ALTER TABLE t ALTER n SET NOT NULL",
    off: "ALTER TABLE t ALTER n DROP NOT NULL",
    row: "INSERT INTO t VALUES (1, NULL, 'odd')",
    said: /A row \(INSERT\) does not fit public\.t: null value in column "n".*odd/,
  },
  {
    rule: "CHECK",
    on: "ALTER TABLE t ADD CONSTRAINT small CHECK (n < 10)",
    off: "ALTER TABLE t DROP CONSTRAINT small",
    row: "INSERT INTO t VALUES (1, 10, 'odd')",
    said: /public\.t: .*check constraint "small".*odd/,
  },
  {
    rule: "UNIQUE",
    on: "INSERT INTO t VALUES (9, 9, 'twice'); CREATE UNIQUE INDEX one ON t (ref)",
    off: "DROP INDEX one",
    row: "INSERT INTO t VALUES (1, 1, 'twice')",
    said: /public\.t: (duplicate key value|conflict detected).*\(ref\)=\(twice\)/,
  },
  {
    rule: "a row of the same key written by hand",
    on: "INSERT INTO t VALUES (1, 0, 'by hand')",
    off: "DELETE FROM t WHERE id = 1",
    row: "INSERT INTO t VALUES (1, 1, 'live')",
    said: /public\.t: (duplicate key value|conflict detected).*\(id\)=\(1\)/,
  },
];

for (const { title, missing, lab: place } of SERVER_PLACES) {
  describe.skipIf(missing)(`rows that do not fit on ${title}`, () => {
    let lab: SlotLab;
    let feeds: Feeds;
    beforeAll(async () => {
      lab = await startSlotLab(place);
      feeds = lab.driver.feeds!;
    });
    afterAll(() => lab.stop());

    /** Each look at one that stands still takes a second. */
    async function onceStopped(blue: SlotRef, green: SlotRef): Promise<FeedStatus> {
      let seen: FeedStatus | undefined;
      const look = async () => {
        seen = await feeds.status(blue, green);
        return seen.state;
      };
      await expect.poll(look).toBe("stopped");
      return seen!;
    }

    it.each(MISFITS)("$rule", async ({ on, off, row, said }) => {
      const { blue, green } = await lab.pair(SCHEMA);
      const app = await lab.asApp(blue);
      await feeds.open(blue, green, how());
      const before = await feeds.status(blue, green);
      await lab.sql(green, on);
      await app.query(`${row}; INSERT INTO t VALUES (2, 2, 'next')`);
      await app.query("INSERT INTO t SELECT n, n % 9, 'more ' || n FROM generate_series(100, 3000) n");
      const stopped = await onceStopped(blue, green);
      expect(stopped.reason).toMatch(said);
      expect(stopped.retainedBytes).toBeGreaterThan(before.retainedBytes! + 100_000);
      expect(stopped.lagBytes).toBeGreaterThan(100_000);
      // Sessions tell the server within ten seconds.
      await expect
        .poll(async () => (await feeds.status(blue, green)).lagRows, { timeout: 15_000 })
        .toBeGreaterThan(2_900);
      expect(await feeds.beforeTurn(blue, green, {})).toMatchObject([{ code: "feed-stopped" }]);
      expect(await lab.sql(green, "SELECT FROM t WHERE id >= 100")).toEqual([]);
      await lab.sql(green, off);
      await expect.poll(stateOf(lab, blue, green)).toBe("running");
      await feeds.settle(blue, green, soon);
      const all = "SELECT * FROM t WHERE id <> 9 ORDER BY id";
      expect(await lab.sql(green, all)).toEqual(await lab.sql(blue, all));
      await feeds.close([blue, green], { token: 1 });
    });

    it("tells a table whose name has quotes, and a column that it can't read", async () => {
      const odd = `CREATE TABLE "o""dd t" (id int PRIMARY KEY, "v ""x" text)`;
      const { blue, green } = await lab.pair(odd);
      await feeds.open(blue, green, how());
      await lab.sql(green, `ALTER TABLE "o""dd t" ALTER "v ""x" TYPE int USING NULL`);
      await (await lab.asApp(blue)).query(`INSERT INTO "o""dd t" VALUES (1, 'word')`);
      const { reason, schemaChanges } = await onceStopped(blue, green);
      expect(reason).toMatch(/A row \(INSERT\) does not fit public\.o"dd t: invalid input syntax.*word/);
      expect(schemaChanges).toHaveLength(1);
      await feeds.close([blue, green], { token: 1 });
    });

    it("rests when it keeps failing, and is tried again", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      const app = await lab.asApp(blue);
      await feeds.open(blue, green, how());
      await lab.sql(green, "INSERT INTO t VALUES (1, 0, 'by hand')");
      await app.query("INSERT INTO t VALUES (1, 1, 'live')");
      const enabled = async () => {
        const [row] = await lab.sql(
          green,
          "SELECT subenabled AS yes FROM pg_subscription JOIN pg_database d ON d.oid = subdbid AND datname = current_database()",
        );
        return row!.yes;
      };
      const look = async () => {
        await tend(lab, blue, 2);
        return await enabled();
      };
      await expect.poll(look, { interval: 300, timeout: 50_000 }).toBe(false);
      const resting = await feeds.status(blue, green);
      expect(resting).toMatchObject({ state: "stopped", reason: expect.stringContaining("(id)=(1)") });
      expect(await look()).toBe(false);
      await lab.sql(green, "DELETE FROM t");
      expect(await look()).toBe(false);
      await lab.sql(green, "UPDATE signalbox.feed SET retry_at = now() - interval '1 s'");
      expect(await look()).toBe(true);
      await feeds.settle(blue, green, soon);
      expect(await lab.sql(green, "SELECT ref FROM t")).toEqual([{ ref: "live" }]);
      await feeds.close([blue, green], { token: 3 });
    });
  });
}
