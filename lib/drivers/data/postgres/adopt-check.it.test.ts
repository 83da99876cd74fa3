import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCluster, type TestCluster } from "#lib/store/testing.ts";
import { SERVERS } from "../testing.ts";
import { checkDatabases } from "./adopt-check.ts";

const { binDir, missing } = SERVERS.find(({ title }) => title.endsWith("15"))!;

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster({
    binDir: missing ? undefined : binDir,
    settings: { wal_level: "replica" },
  });
});
afterAll(() => cluster?.stop());

let serial = 0;
/** A database with an app's role that owns it, and a table. */
async function theirs(schema = "CREATE TABLE t (id int PRIMARY KEY)") {
  serial += 1;
  const name = `app${serial}`;
  await sql(`CREATE ROLE ${name} LOGIN PASSWORD 'x'`);
  await sql(`CREATE DATABASE ${name} OWNER ${name}`);
  await sql(`SET ROLE ${name}; ${schema}`, name);
  return { name, blueUrl: as(name, name), adminUrl: cluster.adminUrl, app: "shop" };
}

function as(role: string, database: string): string {
  const url = new URL(cluster.server.url(database));
  url.username = role;
  url.password = "x";
  return url.href;
}

async function sql(text: string, database?: string) {
  const client = new pg.Client({ connectionString: cluster.server.url(database) });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

type Request = Parameters<typeof checkDatabases>[0];
const item = async (request: Request, code: string) =>
  (await checkDatabases(request)).items.find((each) => each.code === code);

test("the SQL that is suggested makes the check green, item by item", async () => {
  const asked = await theirs();
  const owns = await item(asked, "app-owns-tables");
  expect(owns).toMatchObject({ severity: "warn", what: expect.stringContaining("can't sign in") });
  await sql(owns!.sql!, asked.name);
  expect(await item(asked, "app-owns-tables")).toBeUndefined();
  expect(await item(asked, "roles")).toMatchObject({ severity: "ok" });
  expect(await checkDatabases(asked)).toMatchObject({
    blue: { database: asked.name, role: asked.name, owner: `${asked.name}_owner`, fence: "grants" },
  });
  const everybody = await item(asked, "connect-public");
  await sql(everybody!.sql!);
  expect(await item(asked, "connect-public")).toBeUndefined();
  // The app goes on as before.
  const client = new pg.Client({ connectionString: asked.blueUrl });
  await client.connect();
  await client.query("INSERT INTO t VALUES (1); DELETE FROM t").finally(() => client.end());
});

test("an administrator who is no superuser is told what he lacks, and it is enough", async () => {
  const asked = await theirs();
  await sql((await item(asked, "app-owns-tables"))!.sql!, asked.name);
  await sql("CREATE ROLE clerk LOGIN PASSWORD 'x'");
  const byClerk = { ...asked, adminUrl: as("clerk", "postgres") };
  const lacks = await item(byClerk, "admin-rights");
  expect(lacks).toMatchObject({ severity: "refuse" });
  await sql(lacks!.sql!, asked.name);
  expect(await item(byClerk, "admin-no-superuser")).toMatchObject({ severity: "warn" });
  expect((await checkDatabases(byClerk)).blue).not.toBeNull();
});

test("roles that can't be stopped are refused, with the way out", async () => {
  const asked = await theirs();
  await sql(`ALTER ROLE ${asked.name} SUPERUSER`);
  const mighty = await item(asked, "app-is-superuser");
  expect(mighty).toMatchObject({ severity: "refuse" });
  await sql(mighty!.sql!, asked.name);
  expect((await checkDatabases(asked)).blue?.fence).toBe("grants");
  const postgres = { ...asked, blueUrl: cluster.server.url(asked.name) };
  expect(await item(postgres, "admin-is-app")).toMatchObject({ severity: "refuse" });
});

test("what costs something is a warning: settings, tables, sessions", async () => {
  const asked = await theirs(
    'CREATE TABLE heap (a int); CREATE UNLOGGED TABLE "odd name" (id int PRIMARY KEY)',
  );
  await sql("SELECT lo_create(0)", asked.name);
  const idle = new pg.Client({ connectionString: asked.blueUrl });
  await idle.connect();
  await idle.query("BEGIN; INSERT INTO heap VALUES (1); SELECT pg_sleep(5.1)");
  const { items } = await checkDatabases(asked);
  await idle.end();
  const sqlOf = (code: string) => items.find((each) => each.code === code)?.sql;
  expect(sqlOf("wal-level")).toContain("wal_level = 'logical'");
  expect(sqlOf("unlogged")).toBe('ALTER TABLE "public"."odd name" SET LOGGED;');
  expect(sqlOf("long-transaction")).toMatch(/^SELECT pg_terminate_backend\(\d+\);$/);
  expect(items.find(({ code }) => code === "no-key")?.what).toContain("public.heap has no primary key");
  expect(items.find(({ code }) => code === "large-objects")).toBeDefined();
  expect(items.find(({ code }) => code === "size")?.what).toContain("first copy");
  expect(items.every(({ severity }) => severity !== "refuse")).toBe(true);
});
