/** Servers that crash under a feed, and what it needs being taken away: nothing is lost or sent back, or it says so. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import type { Feeds } from "#lib/engine/ports.ts";
import { signalProcess, waitForExit } from "#lib/observability/process-identity.ts";
import type { TestCluster } from "#lib/store/testing.ts";
import { type SlotLab, startSlotLab } from "../../testing.ts";
import {
  how,
  SERVER_PLACES,
  soon,
  stateOf,
  switchOver,
  TWO_SERVERS,
  tend,
  throughCommit,
} from "./testing.ts";

const SCHEMA = "CREATE TABLE t (id serial PRIMARY KEY, ref text, n int DEFAULT 0)";

async function crash(cluster: TestCluster) {
  const { server } = cluster;
  signalProcess(server, "SIGQUIT");
  expect(await waitForExit(server, 20_000)).toBe(true);
  await cluster.restart();
}

for (const { title, missing, lab: place } of [...SERVER_PLACES, TWO_SERVERS]) {
  describe.skipIf(missing)(`crashes under feeds on ${title}`, () => {
    let lab: SlotLab;
    let feeds: Feeds;
    beforeAll(async () => {
      lab = await startSlotLab(place);
      feeds = lab.driver.feeds!;
    });
    afterAll(() => lab.stop());

    const clusters = () => [...new Set([lab.cluster, lab.green])];
    const crashAll = () => Promise.all(clusters().map(crash));
    const write = (slot: SlotRef, ref: string) => lab.sql(slot, "INSERT INTO t (ref) VALUES ($1)", [ref]);
    const change = (slot: SlotRef) => lab.sql(slot, "UPDATE t SET n = n + 1");
    const content = (slot: SlotRef) => lab.sql(slot, "SELECT * FROM t ORDER BY id");
    async function opened() {
      const { blue, green } = await lab.pair(SCHEMA);
      await write(blue, "old");
      await feeds.open(blue, green, how());
      await write(blue, "carried");
      await change(blue);
      return { blue, green };
    }

    async function expectSettled(live: SlotRef, idle: SlotRef, token: number) {
      await tend(lab, live, token);
      await feeds.settle(live, idle, soon);
      expect(await content(idle)).toEqual(await content(live));
      await expect.poll(stateOf(lab, live, idle)).toBe("running");
    }

    it("is closed where it can be while one server is away, and later where that was", async ({ skip }) => {
      skip(lab.cluster === lab.green, "both ends are on one server");
      const { blue, green } = await opened();
      signalProcess(lab.green.server, "SIGQUIT");
      expect(await waitForExit(lab.green.server, 20_000)).toBe(true);
      const { left } = await feeds.close([blue, green], { token: 2 });
      expect(left).toEqual([expect.stringMatching(/removed when its server is back: .*can't be used/)]);
      const slots = "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()";
      expect(await lab.sql(blue, slots)).toEqual([]);
      const tidyUp = () =>
        lab.driver.tend!({ app: blue.app, token: 2, clones: [], feed: null, signal: soon.signal });
      await expect(tidyUp()).rejects.toThrow(/can't be used/);
      await lab.green.restart();
      expect(await lab.sql(green, slots)).not.toEqual([]);
      await tidyUp();
      expect(await lab.sql(green, slots)).toEqual([]);
      expect(await feeds.status(blue, green)).toMatchObject({ state: "none" });
    });

    it("goes on by itself after a crash of either side or both", async () => {
      const { blue, green } = await opened();
      for (const cluster of clusters()) {
        await write(blue, "before");
        await crash(cluster);
        await write(blue, "after");
        await expectSettled(blue, green, 2);
      }
      await write(blue, "before both");
      await crashAll();
      await expectSettled(blue, green, 2);
      await feeds.close([blue, green], { token: 3 });
    });

    it("sends nothing back after a crash right behind a turn, again and again", async () => {
      const { blue, green } = await opened();
      let [live, idle] = [blue, green];
      for (let token = 2; token < 5; token++) {
        await switchOver(lab, live, idle, token);
        [live, idle] = [idle, live];
        await crashAll();
        await change(live);
        await expectSettled(live, idle, token);
        await write(live, `in ${live.slot}`);
      }
      await expectSettled(live, idle, 5);
      await feeds.close([blue, green], { token: 6 });
    });

    it("begins where the turn was when the servers crash before it is started", async () => {
      const { blue, green } = await opened();
      await throughCommit(lab, blue, green, 2);
      await crashAll();
      expect(await lab.driver.fenced(blue)).toBe(true);
      await lab.driver.unfence(green, { token: 2 });
      await write(green, "in green");
      await change(green);
      await expectSettled(green, blue, 2);
      await feeds.close([blue, green], { token: 3 });
    });

    it("is taken back when they crash before the commit", async () => {
      const { blue, green } = await opened();
      await feeds.settle(blue, green, soon);
      await feeds.turn(blue, green, { token: 2 });
      await crashAll();
      await write(blue, "goes on");
      await feeds.unturn(blue, green, { token: 3 });
      await expectSettled(blue, green, 3);
      await feeds.close([blue, green], { token: 4 });
    });

    it("is opened anew when a server crashes in the middle of it", async () => {
      const { blue, green } = await lab.pair(SCHEMA);
      await lab.sql(blue, "INSERT INTO t (ref) SELECT repeat('x', 500) FROM generate_series(1, 20000)");
      let crashing: Promise<void> | undefined;
      const opening = feeds.open(blue, green, {
        ...how(),
        onProgress: () => {
          crashing ??= crash(lab.cluster);
        },
      });
      await expect(opening).rejects.toThrow();
      await crashing;
      await write(blue, "live goes on");
      await change(blue);
      expect(await feeds.beforeTurn(blue, green, {})).toMatchObject([{ severity: "refuse" }]);
      await feeds.open(blue, green, how(2));
      await expectSettled(blue, green, 2);
      await feeds.close([blue, green], { token: 3 });
      const left = "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()";
      expect([await lab.sql(blue, left), await lab.sql(green, left)]).toEqual([[], []]);
    });

    it("says that it is lost when somebody drops its slot, and live goes on", async () => {
      const { blue, green } = await opened();
      await lab.sql(
        green,
        "DO $$ BEGIN EXECUTE (SELECT format('ALTER SUBSCRIPTION %I DISABLE', subname) FROM pg_subscription JOIN pg_database d ON d.oid = subdbid AND datname = current_database()); END $$",
      );
      const drop = `SELECT pg_terminate_backend(active_pid, 10000), pg_drop_replication_slot(slot_name)
                      FROM pg_replication_slots WHERE database = current_database()`;
      await expect
        .poll(() =>
          lab.sql(blue, drop).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      expect(await feeds.status(blue, green)).toMatchObject({
        state: "lost",
        reason: expect.stringContaining("sending end"),
      });
      await write(blue, "later");
      await change(blue);
      expect(await feeds.beforeTurn(blue, green, {})).toMatchObject([{ code: "feed-lost" }]);
      await feeds.close([blue, green], { token: 2 });
    });

    it("makes the waiting end anew when it was dropped, and no swap begins before", async () => {
      const { blue, green } = await opened();
      await lab.sql(
        green,
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()",
      );
      expect(await feeds.beforeTurn(blue, green, {})).toMatchObject([{ code: "way-back-lost" }]);
      await tend(lab, blue, 2);
      await switchOver(lab, blue, green, 3);
      await write(green, "in green");
      await expectSettled(green, blue, 3);
      await feeds.close([blue, green], { token: 4 });
    });
  });
}
