/** What the caretaker does between runs: the waiting feed is kept young, and nothing that a newer engine decided is undone. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import { type Feeds, StaleToken } from "#lib/engine/ports.ts";
import { type SlotLab, startSlotLab } from "../../testing.ts";
import { slotNames } from "../names.ts";
import { identifier } from "../quote.ts";
import {
  how,
  never,
  SERVER_PLACES,
  soon,
  stateOf,
  switchOver,
  TWO_SERVERS,
  tend,
  throughCommit,
} from "./testing.ts";

const SCHEMA = "CREATE TABLE t (id serial PRIMARY KEY, ref text, n int DEFAULT 0)";

for (const { title, missing, lab: place } of [...SERVER_PLACES, TWO_SERVERS]) {
  describe.skipIf(missing)(`the caretaker of feeds on ${title}`, () => {
    let lab: SlotLab;
    let feeds: Feeds;
    beforeAll(async () => {
      lab = await startSlotLab(place);
      feeds = lab.driver.feeds!;
    });
    afterAll(() => lab.stop());

    const content = (slot: SlotRef) => lab.sql(slot, "SELECT * FROM t ORDER BY id");
    const slotOf = async (slot: SlotRef) =>
      (
        await lab.sql(
          slot,
          `SELECT confirmed_flush_lsn::text AS at, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), restart_lsn)::float8 AS kept
             FROM pg_replication_slots WHERE slot_name = $1`,
          [slotNames(slot).feed],
        )
      )[0]!;

    it("keeps the waiting end young while live is written to", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      await feeds.open(blue, green, how());
      for (let round = 0; round < 4; round++) {
        await lab.sql(blue, "INSERT INTO t (ref) SELECT repeat('x', 200) FROM generate_series(1, 5000)");
        await feeds.settle(blue, green, soon);
        await lab.sql(green, "SELECT pg_log_standby_snapshot()").catch(() => lab.sql(green, "CHECKPOINT"));
        await tend(lab, blue, 1);
      }
      await tend(lab, blue, 1);
      // All four rounds are some 8 MB of log.
      expect((await slotOf(green)).kept).toBeLessThan(4_000_000);
      await feeds.close([blue, green], { token: 2 });
    });

    it("says why a feed does not get at its source, and goes on once it does", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      await feeds.open(blue, green, how());
      const role = identifier(slotNames(blue).feed);
      await lab.sql(blue, `ALTER ROLE ${role} NOLOGIN`);
      await lab.sql(
        blue,
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1",
        [slotNames(blue).feed],
      );
      await expect
        .poll(() => feeds.status(blue, green), { timeout: 20_000 })
        .toMatchObject({
          state: "stopped",
          reason: expect.stringMatching(/does not get at the other one: .*not permitted to log in/),
        });
      await lab.sql(blue, `ALTER ROLE ${role} LOGIN`);
      await feeds.settle(blue, green, soon);
      await expect.poll(stateOf(lab, blue, green)).toBe("running");
      await feeds.close([blue, green], { token: 2 });
    });

    it("is refused, and moves nothing, once a newer engine has turned the feeds", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      await feeds.open(blue, green, how());
      await throughCommit(lab, blue, green, 5);
      const before = await slotOf(green);
      await expect(tend(lab, blue, 4)).rejects.toThrow(StaleToken);
      await lab.driver.unfence(green, { token: 5 });
      await lab.sql(green, "INSERT INTO t (ref) VALUES ('own')");
      await expect(tend(lab, blue, 4)).rejects.toThrow(StaleToken);
      expect((await slotOf(green)).at).toBe(before.at);
      await tend(lab, green, 5);
      await feeds.settle(green, blue, soon);
      expect(await content(blue)).toEqual(await content(green));
      await expect(tend(lab, blue, 4)).rejects.toThrow(StaleToken);
      await feeds.settle(green, blue, soon);
      await feeds.close([blue, green], { token: 6 });
    });

    it("brings a feed up that was switched off, or whose password was forgotten", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      await feeds.open(blue, green, how());
      const feed = slotNames(blue).feed;
      await lab.sql(green, `ALTER SUBSCRIPTION ${feed} DISABLE`);
      await expect.poll(stateOf(lab, blue, green)).toBe("stopped");
      await lab.sql(green, `ALTER SUBSCRIPTION ${feed} CONNECTION 'host=127.0.0.1 port=1'`);
      await lab.sql(green, "UPDATE signalbox.feed SET connection_mark = ''");
      await lab.sql(blue, "INSERT INTO t (ref) VALUES ('a')");
      await tend(lab, blue, 1);
      await feeds.settle(blue, green, soon);
      expect(await content(green)).toEqual(await content(blue));
      await feeds.close([blue, green], { token: 2 });
    });

    it("loses nothing when it races with turns and starts", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      await feeds.open(blue, green, how());
      let [live, idle, token, over] = [blue, green, 2, false];
      const unexpected: unknown[] = [];
      const racing = (async () => {
        while (!over) {
          // As it read them a while ago: perhaps old by now.
          await tend(lab, live, token - 1).catch((error) => {
            if (!(error instanceof StaleToken)) unexpected.push(error);
          });
          await sleep(5);
        }
      })();
      for (; token < 8; token++) {
        await lab.sql(live, "INSERT INTO t (ref) VALUES ($1)", [`in ${live.slot} ${token}`]);
        await lab.sql(live, "UPDATE t SET n = n + 1");
        await switchOver(lab, live, idle, token);
        [live, idle] = [idle, live];
      }
      over = true;
      await racing;
      await tend(lab, live, token);
      await feeds.settle(live, idle, soon);
      const rows = await content(live);
      expect(rows.map(({ n }) => n)).toEqual([6, 5, 4, 3, 2, 1]);
      expect(await content(idle)).toEqual(rows);
      expect(unexpected).toEqual([]);
      await feeds.close([blue, green], { token: 9 });
    });

    it("clears away what an attempt left that was cut off anywhere", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      const tidyUp = (token: number) =>
        lab.driver.tend!({ app: blue.app, token, clones: [], feed: null, signal: never });
      // Nothing was there before either attempt, and was seen not to be.
      for (const token of [2, 3]) {
        await tidyUp(token - 1);
        await feeds.open(blue, green, how(token));
        await tidyUp(token);
        expect(await feeds.status(blue, green)).toMatchObject({ state: "none" });
        await tidyUp(token);
      }
    });
  });
}
