import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { signalProcess, waitForExit } from "#lib/observability/process-identity.ts";
import { PortTaken, type PostgresServer, startPostgres } from "./postgres-server.ts";
import { findPostmaster } from "./postmaster.ts";

let folder: string;
let dataDir: string;
const started: PostgresServer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "signalbox-pg-"));
  await chmod(folder, 0o755);
  dataDir = join(folder, "cluster");
});

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop(5_000);
  await rm(folder, { recursive: true, force: true });
});

async function start(extra: { port?: number; binDir?: string; settings?: Record<string, string> } = {}) {
  const settings = { fsync: "off", ...extra.settings };
  const logFile = join(folder, "log");
  const server = await startPostgres({
    dataDir,
    port: 0,
    password: "pässword/?",
    logFile,
    ...extra,
    settings,
  });
  started.push(server);
  return server;
}

async function ask(server: PostgresServer, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: server.url() });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

test("a cluster is made, keeps its data over a stop, and takes settings", async () => {
  const first = await start({ settings: { wal_level: "logical" } });
  expect(first.adopted).toBe(false);
  expect(await ask(first, "SHOW wal_level")).toBe("logical");
  await ask(first, "CREATE TABLE kept (x int)");
  await first.stop();
  expect(first.alive()).toBe(false);
  const second = await start();
  expect(await ask(second, "SELECT count(*) FROM kept")).toBe("0");
});

test("only the password lets in, and only over loopback", async () => {
  const server = await start();
  const wrong = new pg.Client({ connectionString: server.url().replace(/:[^:@]+@/, ":wrong@") });
  await expect(wrong.connect()).rejects.toThrow("password authentication failed");
  expect(await ask(server, "SHOW listen_addresses")).toBe("127.0.0.1");
  expect(await ask(server, "SHOW unix_socket_directories")).toBe("");
  expect(
    await ask(server, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'"),
  ).toBe("0");
});

test("a running server is adopted, with its port, not started twice", async () => {
  const first = await start();
  const second = await start();
  expect(second).toMatchObject({
    adopted: true,
    pid: first.pid,
    startTime: first.startTime,
    port: first.port,
  });
});

test("after kill -9 with sessions at work the next start recovers what was committed", async () => {
  const first = await start({ settings: { fsync: "on" } });
  await ask(first, "CREATE TABLE kept AS SELECT 1 AS x");
  const busy = new pg.Client({ connectionString: first.url() });
  busy.on("error", () => {});
  await busy.connect();
  // Never comes back to the client by itself, so this backend outlives its postmaster for a while.
  const loop = busy.query("DO $$ BEGIN LOOP PERFORM sqrt(2); END LOOP; END $$").catch(() => {});
  signalProcess(first, "SIGKILL");
  expect(await waitForExit(first, 5_000)).toBe(true);
  const second = await start();
  expect(second.pid).not.toBe(first.pid);
  expect(await ask(second, "SELECT x FROM kept")).toBe(1);
  await loop;
});

test("a pid file that names a stranger does not count", async () => {
  const first = await start();
  await first.stop();
  const lines = [
    process.pid,
    dataDir,
    Math.floor(Date.now() / 1000),
    first.port,
    "",
    "127.0.0.1",
    "",
    "ready",
  ];
  await writeFile(join(dataDir, "postmaster.pid"), lines.join("\n"));
  expect(await findPostmaster(dataDir)).toBeNull();
  expect((await start()).pid).not.toBe(process.pid);
});

test("a port that is taken is named as such, and leaves nothing running", async () => {
  const other = await start();
  dataDir = join(folder, "second");
  await expect(start({ port: other.port })).rejects.toThrow(PortTaken);
  expect(await findPostmaster(dataDir)).toBeNull();
});

test("a cluster of another major version is refused untouched", async () => {
  await mkdir(dataDir);
  await writeFile(join(dataDir, "PG_VERSION"), "12\n");
  await expect(start()).rejects.toThrow(/made by PostgreSQL 12 and the programs at hand are 18/);
  expect(await readFile(join(dataDir, "PG_VERSION"), "utf8")).toBe("12\n");
});

test("settings that PostgreSQL refuses come back with its own words", async () => {
  await expect(start({ settings: { no_such_setting: "1" } })).rejects.toThrow(/no_such_setting/);
});

test.runIf(existsSync("/usr/lib/postgresql/15/bin/postgres"))(
  "an older PostgreSQL works the same way",
  async () => {
    const server = await start({ binDir: "/usr/lib/postgresql/15/bin" });
    expect(await ask(server, "SHOW server_version_num")).toMatch(/^15/);
    expect(await ask(server, "SELECT upper('ä')")).toBe("Ä");
  },
);
