import type pg from "pg";
import { describe } from "vitest";
import { type DataHarness, describeDataDriver } from "./contract.ts";
import { SERVERS, startSlotLab } from "./testing.ts";

const RECORDS = "CREATE TABLE records (name text PRIMARY KEY, value text NOT NULL)";

for (const { title, binDir, missing } of SERVERS) {
  describe.skipIf(missing)("postgres", () => describeDataDriver(title, () => harness(binDir)));
}

async function harness(binDir: string | undefined): Promise<DataHarness> {
  const lab = await startSlotLab({ binDir });
  return {
    driver: lab.driver,
    slots: () => lab.pair(RECORDS),
    async writer(slot) {
      const client: pg.Client = await lab.asApp(slot);
      return {
        async write(name, value) {
          await client.query(
            "INSERT INTO records VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value],
          );
        },
        async remove(name) {
          await client.query("DELETE FROM records WHERE name = $1", [name]);
        },
      };
    },
    async records(slot) {
      const rows = await lab.sql(slot, "SELECT name, value FROM records");
      return Object.fromEntries(rows.map((row) => [row.name, row.value]));
    },
    async fill(slot, count) {
      await lab.sql(
        slot,
        "INSERT INTO records SELECT 'filled ' || g, repeat('x', 100) FROM generate_series(1, $1::int) g",
        [count],
      );
    },
    many: 200_000,
    stop: lab.stop,
  };
}
