/** After a swap visitors' errors are held against those before it, and the engine goes back once, losing nothing. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Ledger } from "#bench/ledger/ledger.ts";
import { httpReader } from "#bench/ledger/reader.ts";
import { verify } from "#bench/ledger/verify.ts";
import { type Load, startLoad } from "#bench/load/load.ts";
import { deploy } from "#lib/operations/deploy.ts";
import { finish } from "#lib/operations/finish.ts";
import { getApp } from "#lib/operations/read/apps.ts";
import { getRun } from "#lib/operations/read/runs.ts";
import { rollback } from "#lib/operations/rollback.ts";
import { changeSettings } from "#lib/operations/settings.ts";
import { swap } from "#lib/operations/swap.ts";
import { sync } from "#lib/operations/sync.ts";
import {
  type Installation,
  startInstallation,
  succeeded,
  until,
  withLiveShop,
} from "./testing/installation.ts";

const app = "shop";
const host = "shop.localhost";
const ledger = new Ledger();
let it: Installation;
let load: Load;

beforeAll(async () => {
  it = await startInstallation();
  await it.startGateway();
  it.startEngine();
  await withLiveShop(it);
  // A busy machine makes any release slow; what is tried here is errors.
  const watch = { graceMs: 1_000, looks: 3, p95FloorMs: 30_000 };
  await changeSettings(it.context, { app, settings: { watch, autoRollback: "lossless" } });
  load = startLoad({ gatewayPort: it.gatewayPort, host, readsPerSecond: 30, writesPerSecond: 30, ledger });
}, 300_000);
afterAll(async () => {
  await load?.stop();
  await it?.stop();
});

const watched = async () => (await getApp(it.context, app)).watch;
const verdictIs = (verdict: string) =>
  until(async () => (await watched())?.verdict === verdict, `the verdict is ${verdict}`, 60_000);
const automatic = () =>
  it.store.run.findMany({ where: { actorName: "Signalbox (watch)" }, orderBy: { requestedAt: "asc" } });
const ready = async (version: Parameters<Installation["release"]>[0]) => {
  const source = { kind: "folder" as const, path: await it.release(version) };
  await succeeded(it, await deploy(it.context, { app, source }));
  await succeeded(it, await sync(it.context, { app }));
};

test("a healthy release is calm, armed, and left alone until finish ends the watch", {
  timeout: 180_000,
}, async () => {
  expect(await watched()).toBeNull();
  await ready("1.1.0");
  // More than is compared with: what came before the engine's first look, and since its last, it has not counted.
  await until(() => load.report().requests.total > 400, "enough was asked for before the swap");
  await succeeded(it, await swap(it.context, { app }));
  await verdictIs("calm");
  await until(async () => (await watched())?.automatic.armed === true, "the automatic rollback is armed");
  const seen = await watched();
  expect(seen).toMatchObject({ slot: "green", version: "1.1.0", over: false, reasons: [] });
  expect(seen!.before.writes).toBeGreaterThan(0);
  expect(seen!.before.failed).toBe(0);
  expect(await automatic()).toEqual([]);
  await succeeded(it, await finish(it.context, { app }));
  expect(await watched()).toBeNull();
});

test("a release that fails a tenth of the writes is gone back from, and no write is lost", {
  timeout: 240_000,
}, async () => {
  await ready("1.3.0");
  const swapped = await swap(it.context, { app });
  await succeeded(it, swapped);
  await until(async () => (await automatic()).length > 0, "the engine asks for a rollback", 90_000);
  const [requested] = await automatic();
  const receipt = await succeeded(it, { run: requested! });
  expect(requested).toMatchObject({ kind: "rollback", actorKind: "system" });
  expect(receipt).toMatchObject({
    lossless: true,
    loss: null,
    toVersion: "1.1.0",
    automatic: expect.arrayContaining([expect.stringMatching(/of \d+ writes failed/)]),
  });
  expect((await getRun(it.context, requested!.id)).receipt?.automatic).toEqual(receipt.automatic);
  const audited = await it.store.auditEntry.findMany({ where: { runId: requested!.id } });
  expect(audited).toMatchObject([{ action: "app.rollback", actorName: "Signalbox (watch)" }]);
  expect(await getApp(it.context, app)).toMatchObject({ live: "green", watch: null });

  await load.pauseWrites();
  const found = await httpReader({ port: it.gatewayPort, host })();
  expect(verify(ledger.records, found, ledger.prefix)).toMatchObject({ lost: 0, doubled: 0, unexplained: 0 });
  load.resumeWrites();
});

test("swapped to once more, the same release is found bad and left to the operator", {
  timeout: 240_000,
}, async () => {
  await succeeded(it, await swap(it.context, { app }));
  await verdictIs("bad");
  const looks = async () =>
    ((await it.store.watch.findFirstOrThrow()).state as { badLooks: number }).badLooks;
  await until(async () => (await looks()) > 4, "it would have gone back by now", 60_000);
  expect((await watched())?.automatic).toMatchObject({
    armed: false,
    why: expect.stringContaining("by itself before"),
  });
  expect(await automatic()).toHaveLength(1);
  await succeeded(it, await rollback(it.context, { app }));
  expect(await watched()).toBeNull();
  expect(await automatic()).toHaveLength(1);
});
