/** Testers write in a throw-away copy; what goes live has never seen it. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "#lib/operations/deploy.ts";
import { preview } from "#lib/operations/preview.ts";
import { rollback } from "#lib/operations/rollback.ts";
import { swap } from "#lib/operations/swap.ts";
import { sync } from "#lib/operations/sync.ts";
import { type Installation, startInstallation, succeeded, withLiveShop } from "./testing/installation.ts";

let it: Installation;

beforeAll(async () => {
  it = await startInstallation();
  await it.startGateway();
  it.startEngine();
  await withLiveShop(it);
});
afterAll(() => it?.stop());

const LIVE = "shop.localhost";
const STAGING = "staging.shop.localhost";
const order = async (host: string, ref: string) =>
  (await it.ask(host, "/orders", { method: "POST", body: { ref, amount: 5 } })).status;
const seen = async (host: string, ref: string) => (await it.ask(host, `/orders/${ref}`)).status;
const green = () => it.store.slot.findFirstOrThrow({ where: { name: "green" } });

async function inData(database: string | undefined, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: it.dataCluster.server.url(database) });
  await client.connect();
  const { rows } = await client.query({ text: sql, rowMode: "array" });
  await client.end();
  return rows.flat();
}
const ofGreen = (sql: string) => inData("sb_shop_green", sql);
const clones = () => inData(undefined, "SELECT datname FROM pg_database WHERE datname LIKE '%preview%'");

/** The next engine has been round twice: first it sets right and looks, then it looks for what was left. */
async function lookedAfter(): Promise<void> {
  await it.killEngines();
  let last = (await green()).observedAt?.getTime();
  it.startEngine();
  for (let round = 0; round < 2; round++) {
    const before = last;
    await expect.poll(async () => (last = (await green()).observedAt?.getTime())).not.toBe(before);
  }
}

/** Databases in the environments of what listens on a slot's first port. */
function databasesAt(port: number): string[] {
  const found = new Set<string>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    let env: string[];
    try {
      env = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    } catch {
      continue;
    }
    const url = env.find((line) => line.startsWith("DATABASE_URL="));
    if (env.includes(`PORT=${port}`) && url)
      found.add(new URL(url.slice("DATABASE_URL=".length)).pathname.slice(1));
  }
  return [...found];
}

test("what testers write reaches neither the idle data nor what goes live, through refresh, crash and swap", {
  timeout: 240_000,
}, async () => {
  const source = { kind: "folder" as const, path: await it.release("1.1.0") };
  await succeeded(it, await deploy(it.context, { app: "shop", source }));
  expect(await order(LIVE, "a")).toBe(201);
  await succeeded(it, await sync(it.context, { app: "shop" }));
  expect(await order(STAGING, "refused")).not.toBe(201);

  await succeeded(it, await preview(it.context, { app: "shop" }));
  const { port, previewAt } = await green();
  expect(previewAt).not.toBeNull();
  expect(databasesAt(port)).toEqual(["sb_shop_green_preview"]);
  expect(await seen(STAGING, "a")).toBe(200);
  expect(await order(STAGING, "tester-1")).toBe(201);
  expect(await seen(STAGING, "tester-1")).toBe(200);
  expect(await seen(LIVE, "tester-1")).toBe(404);
  expect(await order(LIVE, "b")).toBe(201);
  // The feed goes on past the copy.
  await expect.poll(() => ofGreen("SELECT ref FROM orders ORDER BY 1")).toEqual(["a", "b"]);
  expect(await seen(STAGING, "b")).toBe(404);

  // Between runs it stays so, whoever looks after it.
  await it.killEngines();
  it.startEngine();
  await succeeded(it, await preview(it.context, { app: "shop" }));
  expect(await seen(STAGING, "tester-1")).toBe(404);
  expect(await seen(STAGING, "b")).toBe(200);
  expect((await green()).previewAt!.getTime()).toBeGreaterThan(previewAt!.getTime());
  expect(await order(STAGING, "tester-2")).toBe(201);
  expect(await clones()).toEqual(["sb_shop_green_preview"]);
  await lookedAfter();
  expect(databasesAt(port)).toEqual(["sb_shop_green_preview"]);
  expect(await seen(STAGING, "tester-2")).toBe(200);

  expect(await order(LIVE, "c")).toBe(201);
  const swapped = await succeeded(it, await swap(it.context, { app: "shop" }));
  expect(swapped).toMatchObject({ from: "blue", to: "green", lossless: true });
  // Law 1: the live slot is on its own data, and there is no other.
  expect(databasesAt(port)).toEqual(["sb_shop_green"]);
  expect(await clones()).toEqual([]);
  expect((await green()).previewAt).toBeNull();
  for (const ref of ["a", "b", "c"]) expect(await seen(LIVE, ref), ref).toBe(200);
  expect(await ofGreen("SELECT ref FROM orders ORDER BY 1")).toEqual(["a", "b", "c"]);
  expect(await order(LIVE, "d")).toBe(201);
});

test("an engine that dies while a copy is made leaves no other, and the feed goes on", {
  timeout: 240_000,
}, async () => {
  await expect(preview(it.context, { app: "shop" })).rejects.toMatchObject({
    findings: [{ code: "way-back-open" }],
  });
  await succeeded(it, await rollback(it.context, { app: "shop" }));
  const { port } = await green();
  const killedAt = async (record: number) => {
    await it.killEngines();
    const engine = it.startEngine({ KILL_RUN: "preview", KILL_AT: `${record}:after` });
    const asked = await preview(it.context, { app: "shop" });
    await once(engine, "exit");
    it.startEngine();
    return (await it.ended(asked)).status;
  };
  const feedGoesOn = async (ref: string) => {
    expect(await order(LIVE, ref)).toBe(201);
    await expect.poll(() => ofGreen(`SELECT ref FROM orders WHERE ref = '${ref}'`)).toEqual([ref]);
  };
  // The first one has been made.
  expect(await killedAt(5)).toBe("aborted");
  expect(await clones()).toEqual([]);
  expect(databasesAt(port)).toEqual(["sb_shop_green"]);
  await feedGoesOn("live-1");

  await succeeded(it, await preview(it.context, { app: "shop" }));
  expect(await order(STAGING, "tester-3")).toBe(201);
  // A newer one is about to be made.
  expect(await killedAt(3)).toBe("aborted");
  expect(databasesAt(port)).toEqual(["sb_shop_green_preview"]);
  expect(await seen(STAGING, "tester-3")).toBe(200);
  await feedGoesOn("live-2");
  // Committed.
  expect(await killedAt(7)).toBe("succeeded");
  expect(await clones()).toEqual(["sb_shop_green_preview"]);
  expect(databasesAt(port)).toEqual(["sb_shop_green_preview"]);
  expect(await seen(STAGING, "live-2")).toBe(200);
  expect(await order(STAGING, "tester-4")).toBe(201);
  await feedGoesOn("live-3");
});

test("a swap that goes back leaves testers on their copy; ended by hand they can only read", async () => {
  await it.store.app.update({ where: { name: "shop" }, data: { settings: { healthTimeoutMs: 1 } } });
  const { status } = await it.ended(await swap(it.context, { app: "shop" }));
  expect(status).toBe("failed");
  await it.store.app.update({ where: { name: "shop" }, data: { settings: {} } });
  const { port } = await green();
  await expect.poll(() => databasesAt(port)).toEqual(["sb_shop_green_preview"]);
  await expect.poll(() => seen(STAGING, "tester-4")).toBe(200);

  await succeeded(it, await preview(it.context, { app: "shop", end: true }));
  expect(await clones()).toEqual([]);
  await expect.poll(() => seen(STAGING, "live-3")).toBe(200);
  expect(await order(STAGING, "refused again")).not.toBe(201);
  await expect(preview(it.context, { app: "shop", end: true })).rejects.toMatchObject({
    findings: [{ code: "no-preview" }],
  });
});
