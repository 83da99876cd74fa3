/** The laws that need a whole installation to be broken in. The others are named in crash.it.test.ts and lib/engine. */
import { once } from "node:events";
import { readFile, rm, utimes } from "node:fs/promises";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Ledger } from "#bench/ledger/ledger.ts";
import { startLoad } from "#bench/load/load.ts";
import { derivedSecret, readSecretKey } from "#lib/config/open-home.ts";
import type { SlotName } from "#lib/engine/model.ts";
import { lockPath, readLock } from "#lib/gate/lock-file.ts";
import { deploy } from "#lib/operations/deploy.ts";
import { rollback } from "#lib/operations/rollback.ts";
import { swap } from "#lib/operations/swap.ts";
import {
  type Installation,
  startInstallation,
  succeeded,
  until,
  withLiveShop,
} from "./testing/installation.ts";

let it: Installation;
let engine: ReturnType<Installation["startEngine"]>;

beforeAll(async () => {
  it = await startInstallation();
  await it.startGateway();
  engine = it.startEngine();
  await withLiveShop(it);
  const source = { kind: "folder" as const, path: await it.release("1.1.0") };
  await succeeded(it, await deploy(it.context, { app: "shop", source }));
});
afterAll(() => it?.stop());

/** Straight to a slot's database, as its app. */
async function asApp(slot: SlotName): Promise<pg.Client> {
  const role = `sb_shop_${slot}_app`;
  const url = new URL(it.dataCluster.server.url(`sb_shop_${slot}`));
  url.username = role;
  url.password = derivedSecret(readSecretKey(it.home), `role ${role}`);
  const client = new pg.Client({ connectionString: url.href, statement_timeout: 10_000 });
  client.on("error", () => {});
  await client.connect();
  return client;
}

const liveSlot = async () => (await it.store.app.findUniqueOrThrow({ where: { name: "shop" } })).liveSlot!;
const order = (ref: string) =>
  it.ask("shop.localhost", "/orders", { method: "POST", body: { ref, amount: 1 } });
const underLoad = () =>
  startLoad({
    gatewayPort: it.gatewayPort,
    host: "shop.localhost",
    readsPerSecond: 40,
    writesPerSecond: 20,
    ledger: new Ledger(),
  });

beforeEach(async () => {
  if (engine.exitCode !== null || engine.signalCode !== null) engine = it.startEngine();
});

/** A transaction of the live app that keeps a swap's fence waiting until it is ended. */
async function slowWriter(): Promise<{ end(): Promise<void> }> {
  const client = await asApp(await liveSlot());
  await client.query("BEGIN; INSERT INTO entries (ref, delta) VALUES ('slow', 1)");
  return {
    async end() {
      await client.query("COMMIT");
      await client.end();
    },
  };
}

const windowOpens = () =>
  until(() => readLock(lockPath(it.home, "shop")).kind === "lock", "the window opens");

test("law 1: at most one slot's data accepts the app's writes that count", { timeout: 60_000 }, async () => {
  const from = await liveSlot();
  const to = from === "blue" ? "green" : "blue";
  let stop = false;
  const count = { blue: 0, green: 0 };
  const write = async (slot: SlotName) => {
    const client = await asApp(slot);
    const acknowledged: { ref: string; begun: number; done: number }[] = [];
    for (let n = 0; !stop; n++) {
      const ref = `direct-${slot}-${n}`;
      const begun = performance.now();
      try {
        await client.query("INSERT INTO entries (ref, delta) VALUES ($1, 1)", [ref]);
        acknowledged.push({ ref, begun, done: performance.now() });
        count[slot] += 1;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
    const { rows } = await client.query("SELECT ref FROM entries WHERE ref LIKE $1", [`direct-${slot}-%`]);
    await client.end();
    const kept = new Set(rows.map((row) => row.ref));
    // What the copy wiped was scratch and never counted.
    return acknowledged.filter(({ ref }) => kept.has(ref));
  };
  const writers = [write(from), write(to)];
  await until(() => count[from] > 20, "writes before the swap");
  await succeeded(it, await swap(it.context, { app: "shop" }));
  const atSwap = count[to];
  await until(() => count[to] > atSwap + 20, "writes after the swap");
  stop = true;
  const [old, next] = await Promise.all(writers);
  expect(old!.length).toBeGreaterThan(10);
  expect(next!.length).toBeGreaterThan(10);
  expect(Math.max(...old!.map(({ begun }) => begun))).toBeLessThan(
    Math.min(...next!.map(({ done }) => done)),
  );
});

test("law 7: what a rollback loses is refused beyond what was accepted, counted, and kept", {
  timeout: 60_000,
}, async () => {
  const ref = `lost-${Date.now()}`;
  expect((await order(ref)).status).toBe(201);
  const live = await liveSlot();
  const refused = await it.ended(await rollback(it.context, { app: "shop", acceptLoss: 0 }));
  expect(refused).toMatchObject({
    status: "failed",
    error: expect.stringMatching(/would lose \d+ rows, and 0 were accepted/),
  });
  expect(await liveSlot()).toBe(live);
  expect((await it.ask("shop.localhost", `/orders/${ref}`)).status).toBe(200);

  const receipt = await succeeded(it, await rollback(it.context, { app: "shop" }));
  const loss = receipt.loss as { file: string; inserted: number };
  expect(loss.inserted).toBeGreaterThan(0);
  expect(await readFile(loss.file, "utf8")).toContain(ref);
  expect((await it.ask("shop.localhost", `/orders/${ref}`)).status).toBe(404);
});

test("law 2: a swap that fails before its commit leaves visitors served as before", {
  timeout: 60_000,
}, async () => {
  const live = await liveSlot();
  const load = underLoad();
  const slow = await slowWriter();
  const run = await it.ended(await swap(it.context, { app: "shop" }));
  await slow.end();
  await load.stop();
  expect(run).toMatchObject({ status: "failed" });
  expect(run.error).toMatch(/idle in transaction|transaction/i);
  expect(await liveSlot()).toBe(live);
  expect(load.report().failures).toEqual({});
  expect((await order(`after-${Date.now()}`)).status).toBe(201);
});

test("law 4: a window whose engine never comes back ends by itself", { timeout: 60_000 }, async () => {
  const settings = { windowMs: 5_000, holdSpareMs: 500, expireSpareMs: 500 };
  await it.store.app.update({ where: { name: "shop" }, data: { settings } });
  engine.kill("SIGKILL");
  await once(engine, "exit");
  // Record 11: fenced.
  engine = it.startEngine({ KILL_RUN: "swap", KILL_AT: "11:after" });
  const requested = await swap(it.context, { app: "shop" });
  await once(engine, "exit");
  const fenced = { runId: requested.run.id, name: { startsWith: "fence" }, status: "succeeded" as const };
  expect(await it.store.runStep.count({ where: fenced })).toBe(1);
  const start = performance.now();
  await until(async () => (await order(`self-${Math.random()}`)).status === 201, "a write is served");
  // The window and its two spares, and what a busy machine takes to serve a write.
  expect(performance.now() - start).toBeLessThan(10_000);
  engine = it.startEngine();
  expect(await it.ended(requested)).toMatchObject({ status: "aborted" });
  await it.store.app.update({ where: { name: "shop" }, data: { settings: {} } });
});

test("law 9: a lock that a person touched in the window stays, and the engine goes back", {
  timeout: 60_000,
}, async () => {
  const live = await liveSlot();
  const path = lockPath(it.home, "shop");
  const slow = await slowWriter();
  const requested = await swap(it.context, { app: "shop" });
  await windowOpens();
  await utimes(path, new Date(), new Date());
  await slow.end();
  expect((await it.ended(requested)).status).not.toBe("succeeded");
  expect(await liveSlot()).toBe(live);
  expect((await it.ask("shop.localhost", "/")).status).toBe(503);
  await rm(path);
  expect((await order(`opened-${Date.now()}`)).status).toBe(201);
});

test("law 3: a store that is killed in the window costs nobody a request and leaves one of two states", {
  timeout: 90_000,
}, async () => {
  const load = underLoad();
  const slow = await slowWriter();
  const requested = await swap(it.context, { app: "shop" });
  await windowOpens();
  await it.restartStore();
  await slow.end();
  const run = await it.ended(requested, 30_000);
  await load.stop();
  expect(["succeeded", "failed", "aborted"]).toContain(run.status);
  expect(load.report().failures).toEqual({});
  expect((await order(`after-store-${Date.now()}`)).status).toBe(201);
});

test("law 8: with store and engine gone the gateway serves on, even after its own restart", {
  timeout: 60_000,
}, async () => {
  engine.kill("SIGKILL");
  await it.storeCluster.server.stop(0);
  expect((await order(`alone-${Date.now()}`)).status).toBe(201);
  await it.restartGateway();
  expect((await order(`alone-again-${Date.now()}`)).status).toBe(201);
});
