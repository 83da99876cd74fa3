import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";
import { slotNames } from "./names.ts";

const never = new AbortController().signal;
const ROWS = "CREATE TABLE rows (id bigserial PRIMARY KEY, ref text)";
const HOLDER = fileURLToPath(new URL("./hold-fence.fixture.ts", import.meta.url));

describe.each(SERVERS)("the fence on $title", ({ binDir, missing }) => {
  let lab: SlotLab;
  beforeAll(async () => {
    if (!missing) lab = await startSlotLab({ binDir });
  });
  afterAll(() => lab?.stop());
  const check = it.skipIf(missing);

  const hold = (slot: SlotRef, token = 1, deadlineMs = 20_000) =>
    lab.driver.fence(slot, { token, deadlineMs, signal: never });
  const count = async (slot: SlotRef) =>
    Number((await lab.sql(slot, "SELECT count(*) AS n FROM rows"))[0]!.n);

  check("lets no write land while eight writers hammer, held or durable", async () => {
    const { blue } = await lab.pair(ROWS);
    const writers = await hammer(lab, blue, 8);
    await writers.reach(200);
    for (let round = 1; round <= 3; round += 1) {
      const fence = await hold(blue, round);
      const before = await count(blue);
      await sleep(250);
      expect(await count(blue)).toBe(before);
      await fence.release();
      await writers.reach(writers.acknowledged() + 50);
    }
    expect(writers.errors()).toEqual([]);
    const fence = await hold(blue, 4);
    const before = await count(blue);
    await fence.makeDurable();
    await writers.done;
    expect(writers.errors()).toHaveLength(8);
    for (const error of writers.errors()) expect(error).toMatch(/permission denied/);
    expect(await count(blue)).toBe(before);
    expect(writers.acknowledged()).toBe(before);
  });

  check("waits for a statement in flight instead of cutting it or missing it", async () => {
    const { blue } = await lab.pair(ROWS);
    const app = await lab.asApp(blue);
    const slow = app.query("INSERT INTO rows (ref) SELECT 'slow' FROM pg_sleep(1)");
    await running(lab, blue, "%pg_sleep(1)%");
    const fence = await hold(blue);
    await slow;
    expect(await count(blue)).toBe(1);
    await fence.makeDurable();
    expect(await count(blue)).toBe(1);
  });

  check("names who is in the way when it can't be had, and leaves nothing behind", async () => {
    const { blue } = await lab.pair(ROWS);
    const idle = await lab.asApp(blue);
    await idle.query("BEGIN; INSERT INTO rows (ref) VALUES ('open'); SELECT 'the last thing said'");
    const failed = hold(blue, 1, 2_500);
    await expect(failed).rejects.toMatchObject({ code: "tables-locked" });
    await expect(failed).rejects.toThrow(/idle in transaction.*public\.rows.*the last thing said/);
    await idle.query("INSERT INTO rows (ref) VALUES ('goes on'); COMMIT");
    expect(await lab.driver.fenced(blue)).toBe(false);
  });

  check("gives up at once when it is aborted while it waits", async () => {
    const { blue } = await lab.pair(ROWS);
    const idle = await lab.asApp(blue);
    await idle.query("BEGIN; INSERT INTO rows (ref) VALUES ('open')");
    const abort = new AbortController();
    const fence = lab.driver.fence(blue, { token: 1, deadlineMs: 20_000, signal: abort.signal });
    fence.catch(() => {});
    await running(lab, blue, "LOCK TABLE%");
    const started = performance.now();
    abort.abort();
    await expect(fence).rejects.toMatchObject({ name: "AbortError" });
    // Well before its deadline.
    expect(performance.now() - started).toBeLessThan(10_000);
    const other = await lab.asApp(blue);
    await other.query("INSERT INTO rows (ref) VALUES ('not behind it')");
  });

  check("gets past a writer that locks tables in the opposite order", async () => {
    const { blue } = await lab.pair("CREATE TABLE a (x int); CREATE TABLE b (x int)");
    const app = await lab.asApp(blue);
    await app.query("BEGIN; INSERT INTO b VALUES (1)");
    const fence = hold(blue);
    await running(lab, blue, "LOCK TABLE%");
    // Held by the fence's session, which waits for `b`: one of the two must give way, and not the app.
    await app.query("INSERT INTO a VALUES (1); COMMIT");
    await (await fence).release();
  });

  check("holds partitions, and tables of every schema", async () => {
    const { blue } = await lab.pair(
      `CREATE TABLE parts (id int, at int) PARTITION BY RANGE (at);
       CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
       CREATE SCHEMA other; CREATE TABLE other."select" (x int)`,
    );
    const fence = await hold(blue);
    const admin = await lab.asAdmin(blue);
    await admin.query("SET lock_timeout = 200");
    for (const table of ["parts", "parts_1", 'other."select"']) {
      await expect(admin.query(`INSERT INTO ${table} VALUES (1)`), table).rejects.toThrow(/lock timeout/);
    }
    await fence.release();
  });

  check("works in a database without any table", async () => {
    const { blue } = lab.slots();
    await lab.driver.provision(blue);
    const fence = await hold(blue);
    expect(await lab.driver.fenced(blue)).toBe(false);
    await fence.makeDurable();
    expect(await lab.driver.fenced(blue)).toBe(true);
    await lab.driver.unfence(blue, { token: 1 });
    expect(await lab.driver.fenced(blue)).toBe(false);
  });

  check("notices when its session is ended by somebody else, and the engine survives it", async () => {
    const { blue } = await lab.pair(ROWS);
    const fence = await hold(blue);
    await lab.sql(
      blue,
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE '% fence %'",
    );
    expect(await fence.alive()).toBe(false);
    await expect(fence.makeDurable()).rejects.toThrow(/lost/);
    await fence.release();
    expect(await lab.driver.fenced(blue)).toBe(false);
  });

  check("says that a slot is not fenced when the rights came back behind its back", async () => {
    const { blue } = await lab.pair(ROWS);
    await (await hold(blue)).makeDurable();
    await lab.sql(blue, `GRANT UPDATE (ref) ON rows TO "${slotNames(blue).app}"`);
    expect(await lab.driver.fenced(blue)).toBe(false);
  });

  check("refuses to pretend when the app's role can't be kept from writing", async () => {
    const { blue } = await lab.pair(ROWS);
    await lab.sql(blue, `ALTER ROLE "${slotNames(blue).app}" SUPERUSER`);
    await expect(hold(blue)).rejects.toMatchObject({ code: "fence-incomplete" });
    await lab.sql(blue, `ALTER ROLE "${slotNames(blue).app}" NOSUPERUSER`);
    await (await hold(blue)).release();
  });

  check(
    "ends at once when the process that holds it is killed, and by itself when it is stopped",
    async () => {
      const { blue } = await lab.pair(ROWS);
      const app = await lab.asApp(blue);
      for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
        const deadlineMs = signal === "SIGKILL" ? 60_000 : 3_000;
        const holder = spawn(process.execPath, [HOLDER, lab.cluster.adminUrl, blue.app, String(deadlineMs)], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        await once(holder.stdout, "data");
        holder.kill(signal);
        const started = performance.now();
        await app.query("INSERT INTO rows (ref) VALUES ($1)", [signal]);
        // The one long before its deadline, the other by it.
        expect(performance.now() - started).toBeLessThan(signal === "SIGKILL" ? 20_000 : 10_000);
        holder.kill("SIGKILL");
      }
      expect(await count(blue)).toBe(2);
      expect(await lab.driver.fenced(blue)).toBe(false);
    },
  );
});

/** Waits until a statement like this one runs in the slot's database. */
async function running(lab: SlotLab, slot: SlotRef, like: string): Promise<void> {
  const sql =
    "SELECT FROM pg_stat_activity WHERE datname = $1 AND state = 'active' AND query LIKE $2 AND pid <> pg_backend_pid()";
  const admin = await lab.asAdmin(slot);
  while (!(await admin.query(sql, [slotNames(slot).database, like])).rowCount) await sleep(10);
}

/** Clients that insert as fast as they can until one insert fails. */
async function hammer(lab: SlotLab, slot: SlotRef, clients: number) {
  let acknowledged = 0;
  const errors: string[] = [];
  const write = async (client: pg.Client) => {
    try {
      for (;;) {
        await client.query("INSERT INTO rows (ref) VALUES ('x')");
        acknowledged += 1;
      }
    } catch (error) {
      errors.push(String(error));
    }
  };
  const sessions = await Promise.all(Array.from({ length: clients }, () => lab.asApp(slot)));
  const done = Promise.all(sessions.map(write));
  return {
    done,
    acknowledged: () => acknowledged,
    errors: () => errors,
    async reach(target: number) {
      while (acknowledged < target && errors.length === 0) await sleep(5);
    },
  };
}
