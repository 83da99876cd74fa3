/** Much at once, and transactions that are open when a feed begins or a fence comes. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import type { Feeds } from "#lib/engine/ports.ts";
import { type SlotLab, startSlotLab } from "../../testing.ts";
import { fence, how, SERVER_PLACES, soon, switchOver } from "./testing.ts";

const SCHEMA = `
  CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 0, pad text);
  CREATE TABLE parent (id serial PRIMARY KEY);
  CREATE TABLE child (id serial PRIMARY KEY, parent int REFERENCES parent);`;
const DIGEST = `SELECT count(*)::int AS rows, md5(string_agg((t.*)::text, ',' ORDER BY id)) AS hash FROM t`;
/** Of a fence that can't be had: less than it would wait by itself. */
const GIVEN_UP_MS = 2_500;
const rows = (from: number, to: number) =>
  `INSERT INTO t SELECT g, 0, repeat('x', 40) FROM generate_series(${from}, ${to}) g`;

for (const { title, missing, lab: place } of SERVER_PLACES) {
  describe.skipIf(missing)(`bulk and long transactions on ${title}`, () => {
    let lab: SlotLab;
    let feeds: Feeds;
    beforeAll(async () => {
      // Little memory, so that large transactions take the ways that are made for them.
      lab = await startSlotLab({
        ...place,
        settings: { max_prepared_transactions: 5, logical_decoding_work_mem: "64kB" },
      });
      feeds = lab.driver.feeds!;
    });
    afterAll(() => lab.stop());

    async function expectSame(blue: SlotRef, green: SlotRef) {
      for (const query of [DIGEST, "SELECT * FROM parent", "SELECT * FROM child ORDER BY id"])
        expect(await lab.sql(green, query), query).toEqual(await lab.sql(blue, query));
    }

    it("changes, deletions and truncations during the copy and after", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      const app = await lab.asApp(blue);
      await app.query(rows(1, 20_000));
      await app.query(
        "INSERT INTO parent SELECT generate_series(1, 3000); INSERT INTO child (parent) SELECT id FROM parent",
      );
      let begun = false;
      const opening = feeds.open(blue, green, { ...how(), onProgress: () => (begun = true) });
      opening.catch(() => {});
      await expect.poll(() => begun).toBe(true);
      await app.query("UPDATE t SET n = n + 1 WHERE id % 2 = 0; DELETE FROM t WHERE id % 5 = 0");
      await lab.sql(blue, "TRUNCATE parent RESTART IDENTITY CASCADE; INSERT INTO parent DEFAULT VALUES");
      await app.query("INSERT INTO child (parent) VALUES (1); UPDATE t SET id = -id WHERE id < 50");
      await opening;
      await feeds.settle(blue, green, soon);
      await expectSame(blue, green);
      await app.query(
        `UPDATE t SET n = n + 1, pad = pad || 'y'; DELETE FROM t WHERE id % 3 = 0; ${rows(30_000, 31_000)}`,
      );
      await app.query(
        "TRUNCATE parent, child; INSERT INTO parent VALUES (7); INSERT INTO child (parent) VALUES (7)",
      );
      await feeds.settle(blue, green, soon);
      await expectSame(blue, green);
      await app.query("TRUNCATE t");
      await app.query(rows(1, 5));
      await switchOver(lab, blue, green, 2);
      await expectSame(blue, green);
      const inGreen = await lab.asApp(green);
      await inGreen.query(`TRUNCATE t, child; ${rows(8, 9)}; INSERT INTO child (parent) VALUES (7)`);
      await feeds.settle(green, blue, soon);
      await expectSame(green, blue);
      await feeds.close([blue, green], { token: 3 });
    });

    it("a transaction that was open when the feed was opened", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      const [app, other] = [await lab.asApp(blue), await lab.asApp(blue)];
      await app.query(`BEGIN; ${rows(1, 10)}`);
      await other.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM t");
      const opening = feeds.open(blue, green, how());
      opening.catch(() => {});
      await sleep(300);
      await app.query(`${rows(11, 20)}; COMMIT`);
      await opening;
      await other.query(`${rows(21, 30)}; COMMIT`);
      await feeds.settle(blue, green, soon);
      await expectSame(blue, green);
      expect(await lab.sql(green, "SELECT count(*)::int AS n FROM t")).toEqual([{ n: 30 }]);
      await feeds.close([blue, green], { token: 1 });
    });

    it("a huge transaction in flight at the fence is waited for or named, and arrives whole", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      const app = await lab.asApp(blue);
      await feeds.open(blue, green, how());
      await app.query(`BEGIN; ${rows(1, 100_000)}`);
      // Open: the fence gives up and says who.
      await expect(fence(lab, blue, 2, GIVEN_UP_MS)).rejects.toMatchObject({
        code: "tables-locked",
        message: expect.stringMatching(/public\.t.*INSERT INTO t/),
      });
      await app.query("UPDATE t SET n = 1 WHERE id <= 1000");
      const committed = app.query("COMMIT");
      await committed;
      await switchOver(lab, blue, green, 2);
      await expectSame(blue, green);
      expect(await lab.sql(green, "SELECT count(*)::int AS n, sum(n)::int AS s FROM t")).toEqual([
        { n: 100_000, s: 1000 },
      ]);
      await feeds.close([blue, green], { token: 3 });
    });

    it("one that is rolled back, also in part, leaves nothing", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      const app = await lab.asApp(blue);
      await feeds.open(blue, green, how());
      await app.query(`BEGIN; ${rows(1, 5000)}; ROLLBACK`);
      await app.query(`BEGIN; ${rows(1, 10)}; SAVEPOINT s; ${rows(11, 6000)}; ROLLBACK TO s; COMMIT`);
      await feeds.settle(blue, green, soon);
      await expectSame(blue, green);
      await feeds.close([blue, green], { token: 1 });
    });

    it("prepared ones are named where they are in the way, and carried when they are committed", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      const app = await lab.asApp(blue);
      await app.query(`BEGIN; ${rows(1, 10)}; PREPARE TRANSACTION 'early'`);
      expect(await feeds.preflight(blue, green)).toContainEqual(
        expect.objectContaining({ code: "prepared-transaction" }),
      );
      const abort = new AbortController();
      const opening = feeds.open(blue, green, { ...how(), signal: abort.signal });
      opening.catch(() => {});
      await sleep(300);
      await app.query("COMMIT PREPARED 'early'");
      await opening;
      await app.query(`BEGIN; ${rows(11, 20)}; PREPARE TRANSACTION 'late'`);
      await expect(fence(lab, blue, 2, GIVEN_UP_MS)).rejects.toMatchObject({
        message: expect.stringContaining("prepared transaction"),
      });
      await feeds.settle(blue, green, soon);
      expect(await lab.sql(green, "SELECT count(*)::int AS n FROM t")).toEqual([{ n: 10 }]);
      await app.query("COMMIT PREPARED 'late'");
      await switchOver(lab, blue, green, 2);
      await expectSame(blue, green);
      await feeds.close([blue, green], { token: 3 });
    });

    it("a truncation that the idle side can't follow is announced, and stops the feed with the reason", async () => {
      const { blue, green } = await lab.pair(
        SCHEMA,
        `${SCHEMA} CREATE TABLE wish (id int PRIMARY KEY, t int REFERENCES t)`,
      );
      const app = await lab.asApp(blue);
      expect(await feeds.preflight(blue, green)).toContainEqual(
        expect.objectContaining({
          code: "truncate-stops",
          what: expect.stringContaining("public.t (public.wish)"),
        }),
      );
      await feeds.open(blue, green, how());
      await app.query(`TRUNCATE t; ${rows(1, 2)}`);
      await expect
        .poll(() => feeds.status(blue, green).then(({ reason }) => reason))
        .toMatch(/cannot truncate/);
      await lab.sql(green, "DROP TABLE wish");
      await feeds.settle(blue, green, soon);
      await expectSame(blue, green);
      await feeds.close([blue, green], { token: 1 });
    });
  });
}
