import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openStore } from "./client.ts";
import { migrateStore, readMigrations } from "./migrate.ts";
import { ledgerProblems, schemaDiff } from "./prisma-engine.ts";
import { startTestCluster, type TestCluster } from "./testing.ts";

let cluster: TestCluster;
let url: string;
let dir: string;

beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());
beforeEach(async () => {
  url = await cluster.createDatabase();
  dir = await mkdtemp(join(tmpdir(), "signalbox-migrations-"));
});
afterEach(() => rm(dir, { recursive: true }));

async function write(name: string, sql: string) {
  await mkdir(join(dir, name), { recursive: true });
  await writeFile(join(dir, name, "migration.sql"), sql);
}

async function column(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query({ text: sql, rowMode: "array" }).finally(() => client.end());
  return rows.map((row) => row[0]);
}

test("the repository's migrations lead to exactly the schema that the client was made from", async () => {
  const names = (await readMigrations()).map((migration) => migration.name);
  expect(await migrateStore(url)).toEqual(names);
  expect(await migrateStore(url)).toEqual([]);
  expect(await schemaDiff(url)).toBe("");
});

test("Prisma's own engine agrees with the ledger, and sees an edited file", async () => {
  await migrateStore(url);
  const [first, ...rest] = await readMigrations();
  expect(await ledgerProblems(url, [first!, ...rest])).toEqual([]);
  expect(await ledgerProblems(url, [{ ...first!, sql: `${first!.sql}\n-- later` }, ...rest])).toEqual([
    `${first!.name} was edited`,
  ]);
});

test("several processes at once apply each migration once", async () => {
  const applied = await Promise.all([migrateStore(url), migrateStore(url), migrateStore(url)]);
  expect(applied.flat()).toHaveLength((await readMigrations()).length);
});

test("a migration that fails leaves neither its tables nor its row, and the next start goes on from there", async () => {
  await write("1_good", "CREATE TABLE good (x int);");
  await write("2_bad", "CREATE TABLE half (x int); SELECT 1/0; CREATE TABLE rest (x int);");
  await expect(migrateStore(url, dir)).rejects.toThrow("2_bad failed: division by zero");
  expect(await column("SELECT to_regclass('half')")).toEqual([null]);
  await write("2_bad", "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$;");
  expect(await migrateStore(url, dir)).toEqual(["2_bad"]);
});

test("an edited file and a newer database are refused", async () => {
  await write("1_first", "CREATE TABLE first (x int);");
  await write("2_second", "CREATE TABLE second (x int);");
  await migrateStore(url, dir);
  await write("2_second", "CREATE TABLE second (y int);");
  await expect(migrateStore(url, dir)).rejects.toThrow("2_second was edited");
  await rm(join(dir, "2_second"), { recursive: true });
  await expect(migrateStore(url, dir)).rejects.toThrow("used by a newer Signalbox (2_second)");
});

describe("the database itself refuses", () => {
  const app = { id: "a", name: "shop" };
  const run = { appId: "a", kind: "sync", input: {}, actorKind: "user", actorId: "u", actorName: "U" };

  test("a second run of an app while one is queued or running", async () => {
    await migrateStore(url);
    const store = openStore(url);
    try {
      await store.app.create({ data: app });
      await store.run.create({ data: { ...run, id: "1" } });
      await expect(store.run.create({ data: { ...run, id: "2" } })).rejects.toThrow(/Unique constraint/);
      await store.run.update({ where: { id: "1" }, data: { status: "failed", finishedAt: new Date() } });
      await store.run.create({ data: { ...run, id: "2" } });
      await expect(
        store.run.update({
          where: { id: "2" },
          data: { status: "aborted", committedAt: new Date(), finishedAt: new Date() },
        }),
      ).rejects.toThrow(/run_committed/);
    } finally {
      await store.$disconnect();
    }
  });

  test("two authoritative slots of an app, though a transaction may pass through that", async () => {
    await migrateStore(url);
    const store = openStore(url);
    const slot = (name: "blue" | "green", dataState: "authoritative" | "resting") =>
      store.slot.update({ where: { appId_name: { appId: "a", name } }, data: { dataState } });
    try {
      await store.app.create({
        data: {
          ...app,
          slots: {
            create: [
              { name: "blue", port: 20_001, dataState: "authoritative" },
              { name: "green", port: 20_002 },
            ],
          },
        },
      });
      await expect(slot("green", "authoritative")).rejects.toThrow(/slot_one_authority/);
      await store.$transaction([slot("green", "authoritative"), slot("blue", "resting")]);
    } finally {
      await store.$disconnect();
    }
  });

  test("rewriting an event", async () => {
    await migrateStore(url);
    const store = openStore(url);
    try {
      await store.app.create({ data: app });
      const events = { create: { seq: 1, type: "note", data: {} } };
      await store.run.create({ data: { ...run, id: "1", events } });
      await expect(store.runEvent.updateMany({ data: { type: "other" } })).rejects.toThrow(/append-only/);
      await store.app.delete({ where: { id: "a" } });
      expect(await store.runEvent.count()).toBe(0);
    } finally {
      await store.$disconnect();
    }
  });
});
