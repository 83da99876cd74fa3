import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import type { Home } from "#lib/config/home.ts";
import { readManifest } from "#lib/config/manifest.ts";
import { stopAllSlotProcesses } from "#lib/drivers/runtime/process/stop-all.ts";
import { createProcessRuntime } from "#lib/drivers/runtime/process.ts";
import type { RuntimeDriver, SlotSpec } from "#lib/engine/ports.ts";
import {
  freePort,
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from "#lib/store/postgres-server.ts";
import { assembleShop, type ShopVersion } from "./assemble.ts";

const never = new AbortController().signal;
const agent = new Agent();
let dir: string;
let home: Home;
let driver: RuntimeDriver;
let postgres: PostgresOptions;
let server: PostgresServer;
let sql: pg.Pool;
let shop: SlotSpec;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "signalbox-shop-"));
  await chmod(dir, 0o755);
  const root = join(dir, "home");
  home = { dir: root, root, maintenance: join(root, "maintenance") };
  postgres = {
    dataDir: join(dir, "pg", "data"),
    port: 0,
    password: "test",
    logFile: join(dir, "pg.log"),
    settings: { fsync: "off" },
  };
  server = await startPostgres(postgres);
  postgres.port = server.port;
  sql = new pg.Pool({ connectionString: server.url() });
  sql.on("error", () => {});
  driver = await createProcessRuntime({ home, user: "same" });
  await mkdir(join(dir, "uploads"));
  shop = await deploy("1.0.0");
});

afterAll(async () => {
  await driver.dispose();
  await stopAllSlotProcesses(home, 0);
  await agent.close();
  await sql.end();
  await server.stop();
  await rm(dir, { recursive: true });
});

/** As an operator would: assemble, install, migrate, start. */
async function deploy(version: ShopVersion): Promise<SlotSpec> {
  const path = join(dir, `shop-${version}`);
  await assembleShop(version, path);
  const quiet = { onLog: () => {}, signal: never };
  const source = { kind: "folder" as const, path };
  const installed = await driver.install({ app: "shop", releaseId: version, source, ...quiet });
  const read = readManifest(installed.manifest);
  if (!read.ok) throw new Error(read.problems.join());
  const { processes, release, health } = read.manifest;
  const spec: SlotSpec = {
    app: "shop",
    slot: version === "1.0.0" ? "blue" : "green",
    release: { id: version, version, dir: installed.dir },
    processes,
    ports: { web: await freePort() },
    env: { DATABASE_URL: server.url(), UPLOADS_DIR: join(dir, "uploads") },
  };
  for (let times = 0; times < 2; times++) {
    await driver.runOnce(spec, release ?? "", { ...quiet, timeoutMs: 30_000 });
  }
  await driver.start(spec);
  await driver.healthy(spec, { path: health.path, goodAnswers: 2, timeoutMs: 30_000, signal: never });
  return spec;
}

async function call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown, spec = shop) {
  const answer = await request(`http://127.0.0.1:${spec.ports.web!}${path}`, {
    method,
    dispatcher: agent,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  const json = answer.headers["content-type"] === "application/json" ? JSON.parse(text) : null;
  return { status: answer.statusCode, json, text };
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; ) {
    if (await look()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within 30 s: ${what}`);
}

describe("the shop", () => {
  test("takes an order once, and its worker processes it", async () => {
    const order = { ref: "first/é", amount: 12.5 };
    const taken = await call("POST", "/orders", order);
    expect(taken).toMatchObject({ status: 201, json: { ref: order.ref, release: "1.0.0", slot: "blue" } });
    expect(await call("POST", "/orders", order)).toMatchObject({ status: 409 });
    const path = `/orders/${encodeURIComponent(order.ref)}`;
    await until("the order is processed", async () => (await call("GET", path)).json.processed);
    const { id } = taken.json;
    const stored = { ...order, id, release: "1.0.0", slot: "blue", processed: true };
    expect((await call("GET", path)).json).toEqual(stored);
    expect(await call("GET", "/orders/none")).toMatchObject({ status: 404 });
    expect((await call("GET", "/orders/count")).json).toEqual({ count: 1 });
    expect((await call("GET", "/orders?after=0&limit=5")).json).toEqual({ orders: [stored] });
  });

  test("appends entries, lists and deletes them", async () => {
    const ids: number[] = [];
    for (const delta of [5, 5]) {
      const { status, json } = await call("POST", "/entries", { ref: "e", delta });
      expect(status).toBe(201);
      ids.push(json.id);
    }
    expect(new Set(ids).size).toBe(2);
    expect((await call("GET", "/entries?ref=e")).json.entries).toHaveLength(2);
    expect((await call("GET", `/entries?after=${ids[0]}&limit=10`)).json.entries).toMatchObject([
      { id: ids[1] },
    ]);
    expect(await call("DELETE", `/entries/${ids[0]}`)).toMatchObject({ status: 200 });
    expect(await call("DELETE", `/entries/${ids[0]}`)).toMatchObject({ status: 404 });
    expect(await call("DELETE", "/entries/none")).toMatchObject({ status: 404 });
    expect((await call("GET", "/entries?ref=e")).json.entries).toMatchObject([{ id: ids[1], delta: 5 }]);
  });

  test("adds to accounts so that no add is lost when many come at once", async () => {
    const adds = Array.from({ length: 40 }, () => call("POST", "/accounts/till/add", { delta: 3 }));
    const sums = (await Promise.all(adds)).map(({ json }) => json.sum).sort((a, b) => a - b);
    expect(sums).toEqual(Array.from({ length: 40 }, (_, index) => 3 * (index + 1)));
    expect((await call("GET", "/accounts/till")).json).toEqual({ name: "till", sum: 120, balance: 120 });
    expect(await call("GET", "/accounts/none")).toMatchObject({ status: 404 });
    expect((await call("GET", "/accounts?after=a&limit=10")).json.accounts).toHaveLength(1);
  });

  test("keeps an upload under its hash, once, and gives it back as it came", async () => {
    const content = "\0 raw bytes, no JSON \n".repeat(20_000);
    const sha256 = createHash("sha256").update(content).digest("hex");
    const sent = { sha256, bytes: Buffer.byteLength(content) };
    for (let times = 0; times < 2; times++)
      expect(await call("POST", "/uploads", content)).toMatchObject({ status: 201, json: sent });
    expect(await call("GET", `/uploads/${sha256}`)).toMatchObject({ status: 200, text: content });
    expect((await call("GET", "/uploads?limit=5")).json).toEqual({ uploads: [sent] });
    expect(await readdir(join(dir, "uploads", "incoming"))).toEqual([]);
    for (const path of ["none", "..%2Fpg.log", "incoming", `${sha256}x`])
      expect(await call("GET", `/uploads/${path}`)).toMatchObject({ status: 404 });
    expect(await call("POST", "/uploads", "")).toMatchObject({ status: 201, json: { bytes: 0 } });
  });

  test("says which release and slot made the page", async () => {
    const { status, text } = await call("GET", "/");
    expect(status).toBe(200);
    expect(text).toContain('<b id="release">1.0.0</b>');
    expect(text).toContain('<b id="slot">blue</b>');
  });

  test("refuses what it does not understand without a stack", async () => {
    for (const body of ["{", "[]", '"x"', "{}", '{"ref":"","amount":1}', '{"ref":"x","amount":"1"}']) {
      const answer = await call("POST", "/orders", body);
      expect(answer).toMatchObject({ status: 400, json: { error: expect.any(String) } });
    }
    expect(await call("GET", "/orders?after=x")).toMatchObject({ status: 400 });
    expect(await call("GET", "/orders/%ff")).toMatchObject({ status: 400 });
    expect(await call("GET", "/nowhere")).toMatchObject({ status: 404 });
    expect(await call("POST", "/orders", "x".repeat(70_000))).toMatchObject({ status: 413 });
  });

  test("sends an event a second with release and slot", async () => {
    const answer = await request(`http://127.0.0.1:${shop.ports.web!}/events`, { dispatcher: agent });
    expect(answer.headers["content-type"]).toBe("text/event-stream");
    let seen = "";
    const from = performance.now();
    for await (const piece of answer.body) {
      seen += piece;
      if (seen.split("data: ").length > 2) break;
    }
    expect(performance.now() - from).toBeLessThan(10_000);
    expect(seen).toContain('"release":"1.0.0","slot":"blue"');
  });

  test("echoes on its WebSocket with the slot", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${shop.ports.web!}/ws`);
    await once(socket, "open");
    socket.send("hello");
    const [message] = await once(socket, "message");
    expect(JSON.parse(String(message))).toEqual({ echo: "hello", release: "1.0.0", slot: "blue" });
    socket.close();
  });

  test("answers 503 to a write that the database refuses, as on a fenced slot", async () => {
    await sql.query(
      "CREATE FUNCTION fenced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '42501'; END $$",
    );
    await sql.query("CREATE TRIGGER fence BEFORE INSERT ON entries EXECUTE FUNCTION fenced()");
    const answer = await call("POST", "/entries", { ref: "fenced", delta: 1 });
    await sql.query("DROP TRIGGER fence ON entries");
    expect(answer).toMatchObject({ status: 503, json: { error: expect.stringContaining("database") } });
    expect(answer.text).not.toContain("at ");
  });

  test("release 1.1.0 adds a column with a default and a page, beside 1.0.0 on the same data", async () => {
    const next = await deploy("1.1.0");
    const { rows } = await sql.query("SELECT name FROM schema_migrations ORDER BY name");
    expect(rows.map(({ name }) => name)).toEqual(["0001_shop.sql", "0002_order_rating.sql"]);
    expect(await call("POST", "/orders", { ref: "new", amount: 1 }, next)).toMatchObject({
      status: 201,
      json: { release: "1.1.0", slot: "green" },
    });
    expect((await call("GET", "/orders/new", undefined, next)).json).toMatchObject({ rating: 0 });
    expect(await call("POST", "/reviews", { ref: "new", rating: 5 }, next)).toMatchObject({ status: 200 });
    expect((await call("GET", "/reviews", undefined, next)).text).toContain("5 of 5");
    expect((await call("GET", "/", undefined, next)).text).toContain('href="/reviews"');
    expect(await call("GET", "/reviews")).toMatchObject({ status: 404 });
    expect(await call("POST", "/orders", { ref: "old", amount: 1 })).toMatchObject({ status: 201 });
    await driver.stop(next, { graceMs: 5_000 });
  });

  test("goes on by itself after the database was gone, web and worker", async () => {
    await server.stop();
    expect((await call("GET", "/orders/new")).status).toBe(503);
    expect((await call("POST", "/orders", { ref: "while-away", amount: 1 })).status).toBe(503);
    server = await startPostgres(postgres);
    await until("an order is taken", async () => {
      const { status } = await call("POST", "/orders", { ref: "after", amount: 1 });
      return status === 201 || status === 409;
    });
    await until("it is processed", async () => (await call("GET", "/orders/after")).json.processed === true);
    for (const { restarts } of await driver.inspect(shop)) expect(restarts).toBe(0);
  });

  test("finishes what is in flight when it is told to stop, and says goodbye to the rest", async () => {
    const lock = await sql.connect();
    await lock.query("BEGIN; LOCK TABLE orders IN EXCLUSIVE MODE");
    const socket = new WebSocket(`ws://127.0.0.1:${shop.ports.web!}/ws`);
    await once(socket, "open");
    const closed = once(socket, "close");
    const order = call("POST", "/orders", { ref: "in-flight", amount: 1 });
    await until("the order waits", async () => {
      const { rows } = await sql.query(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT%'",
      );
      return rows.length > 0;
    });
    const stopped = driver.stop(shop, { graceMs: 20_000 });
    expect((await closed)[0]).toBe(1012);
    const before = performance.now();
    await lock.query("COMMIT");
    lock.release();
    expect(await order).toMatchObject({ status: 201 });
    await stopped;
    // It does not use up its grace.
    expect(performance.now() - before).toBeLessThan(15_000);
    const [web] = (await driver.inspect(shop)).filter(({ process }) => process === "web");
    expect(web).toMatchObject({ state: "stopped", lastExit: { code: 0 } });
  });
});

test("assembling replaces its own folders and nobody else's", async () => {
  const folder = join(dir, "assembled");
  await assembleShop("1.1.0", folder);
  await assembleShop("1.0.0", folder);
  expect(await readdir(join(folder, "migrations"))).toEqual(["0001_shop.sql"]);
  const other = join(dir, "other");
  await mkdir(other);
  await writeFile(join(other, "work"), "");
  await expect(assembleShop("1.0.0", other)).rejects.toThrow("no release of the shop");
  expect(await readdir(other)).toEqual(["work"]);
});
