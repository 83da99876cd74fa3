/** What docs/decisions/preview-clone.md says: a copy by the server's files against the two other ways. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";
import { slotNames } from "./names.ts";

const never = new AbortController().signal;

describe.each(SERVERS)("a clone of 100 MB on $title", ({ title, binDir, missing }) => {
  let lab: SlotLab;
  beforeAll(async () => {
    if (!missing) lab = await startSlotLab({ binDir });
  });
  afterAll(() => lab?.stop());

  it.skipIf(missing)("prints what each way takes, and the longest commit of live meanwhile", async () => {
    const { blue, green } = await lab.pair(
      "CREATE TABLE orders (id bigserial PRIMARY KEY, ref text UNIQUE NOT NULL, note text); CREATE TABLE beat (id serial PRIMARY KEY)",
    );
    await lab.sql(
      blue,
      "INSERT INTO orders (ref, note) SELECT 'r' || g, repeat(md5(g::text), 6) FROM generate_series(1, 330000) g",
    );
    const copied = await lab.driver.feeds!.open(blue, green, { token: 1, onProgress() {}, signal: never });
    const app = await lab.asApp(blue);
    const database = slotNames(green).database;

    /** Live goes on writing all the time. */
    async function measured(work: () => Promise<unknown>) {
      let over = false;
      let longest = 0;
      const writing = (async () => {
        while (!over) {
          const start = performance.now();
          await app.query("INSERT INTO beat DEFAULT VALUES");
          longest = Math.max(longest, performance.now() - start);
        }
      })();
      const start = performance.now();
      await work();
      const ms = performance.now() - start;
      over = true;
      await writing;
      return { ms: Math.round(ms), longestCommitMs: Math.round(longest) };
    }

    const files = await measured(() => lab.driver.clones!.make(green, { token: 2, signal: never }));
    await lab.sql(green, `ALTER SUBSCRIPTION "${slotNames(blue).feed}" DISABLE`);
    const log = await measured(async () => {
      const admin = await lab.asAdmin();
      for (let tries = 0; ; tries++) {
        await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [
          database,
        ]);
        const made = await admin.query(`CREATE DATABASE by_log TEMPLATE "${database}" STRATEGY WAL_LOG`).then(
          () => true,
          (error) => {
            if (tries > 5) throw error;
            return false;
          },
        );
        if (made) return;
      }
    });
    await lab.driver.feeds!.close([blue, green], { token: 3 });
    const rows = await measured(() =>
      lab.driver.copy(blue, green, { token: 4, onProgress() {}, signal: never }),
    );
    const [size] = await lab.sql(green, "SELECT pg_database_size(current_database())::float8 / 1e6 AS mb");
    console.log(title, JSON.stringify({ mb: Math.round(Number(size!.mb)), files, log, rows }));
    expect(copied.rows).toBe(330_000);
  });
});
