/** What servers must have for feeds: settings, free places, and rights that Signalbox's role has. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import type { DataDriver } from "#lib/engine/ports.ts";
import { createPostgresData } from "../../postgres.ts";
import { passwordFor, type SlotLab, startSlotLab } from "../../testing.ts";
import { how, SERVER_PLACES, soon, switchOver } from "./testing.ts";

const T = "CREATE TABLE t (id int PRIMARY KEY, a text, n int);";

const SETTINGS: [string, Record<string, string | number>, string[]][] = [
  ["wal_level", { wal_level: "replica" }, ["wal-level"]],
  [
    "slots, senders and workers",
    {
      max_replication_slots: 1,
      max_wal_senders: 1,
      max_logical_replication_workers: 0,
      wal_retrieve_retry_interval: "5s",
      max_slot_wal_keep_size: -1,
    },
    ["slots-full", "senders-full", "workers-full", "slow-start", "log-uncapped"],
  ],
];

for (const { title, missing, lab: place } of SERVER_PLACES) {
  describe.skipIf(missing)(`rights for feeds on ${title}`, () => {
    let lab: SlotLab;
    beforeAll(async () => {
      lab = await startSlotLab(place);
    });
    afterAll(() => lab.stop());

    it("does what a role may that is no superuser, or refuses before", async () => {
      const admin = await lab.asAdmin();
      await admin.query("CREATE ROLE deputy LOGIN CREATEDB CREATEROLE REPLICATION PASSWORD 'deputy'");
      const url = new URL(lab.cluster.adminUrl);
      [url.username, url.password] = ["deputy", "deputy"];
      const driver: DataDriver = createPostgresData({
        server: url.href,
        passwordFor,
        exclude: () => [],
        envName: () => "DATABASE_URL",
      });
      try {
        const [blue, green]: SlotRef[] = [
          { app: "deputy", slot: "blue" },
          { app: "deputy", slot: "green" },
        ];
        for (const slot of [blue!, green!]) {
          await driver.provision(slot);
          await lab.sql(
            slot,
            `SET ROLE sb_deputy_${slot.slot}_owner; CREATE TABLE t (id serial PRIMARY KEY, ref text)`,
          );
          await driver.afterRelease(slot);
        }
        const refused = async () =>
          (await driver.feeds!.preflight(blue!, green!)).filter(({ code }) => code === "feed-rights");
        expect(await refused()).toMatchObject([{ severity: "refuse" }]);
        if (title !== "PostgreSQL 18") return;
        await admin.query("GRANT pg_create_subscription TO deputy");
        expect((await refused()).filter(({ severity }) => severity === "refuse")).toEqual([]);
        const own = { ...lab, driver };
        await driver.feeds!.open(blue!, green!, how());
        await lab.sql(blue!, "INSERT INTO t (ref) VALUES ('there')");
        await switchOver(own, blue!, green!, 2);
        await lab.sql(green!, "INSERT INTO t (ref) VALUES ('back')");
        await driver.tend!({
          app: "deputy",
          token: 2,
          clones: [],
          feed: { from: "green", stream: true, exact: true },
          signal: new AbortController().signal,
        });
        await driver.feeds!.settle(green!, blue!, soon);
        expect(await lab.sql(blue!, "SELECT ref FROM t ORDER BY id")).toEqual([
          { ref: "there" },
          { ref: "back" },
        ]);
        await driver.feeds!.close([blue!, green!], { token: 3 });
      } finally {
        await driver.dispose();
      }
    });
  });

  describe.skipIf(missing).each(SETTINGS)(
    `preflight of feeds on ${title} with other settings: %s`,
    (_, settings, codes) => {
      let lab: SlotLab;
      beforeAll(async () => {
        lab = await startSlotLab({ ...place, settings });
      });
      afterAll(() => lab.stop());

      it("finds them", async () => {
        const { blue, green } = await lab.pair(T);
        const found = await lab.driver.feeds!.preflight(blue, green);
        expect(found.map(({ code }) => code)).toEqual(expect.arrayContaining(codes));
        for (const { remedy } of found) expect(remedy).not.toBe("");
      });
    },
  );
}
