/** Bad days of a window on a whole installation: whoever goes, live serves on and the operator reads why. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Ledger, now } from "#bench/ledger/ledger.ts";
import { acceptLoss } from "#bench/ledger/loss.ts";
import { httpReader } from "#bench/ledger/reader.ts";
import { verify } from "#bench/ledger/verify.ts";
import { startLoad } from "#bench/load/load.ts";
import { derivedSecret, readSecretKey } from "#lib/config/open-home.ts";
import { otherSlot, type SlotName } from "#lib/engine/model.ts";
import { lockPath, readLock } from "#lib/gate/lock-file.ts";
import { livingGateways } from "#lib/gateway/control-file.ts";
import { deploy } from "#lib/operations/deploy.ts";
import { finish } from "#lib/operations/finish.ts";
import { rollback } from "#lib/operations/rollback.ts";
import { swap } from "#lib/operations/swap.ts";
import {
  type Installation,
  startInstallation,
  succeeded,
  until,
  withLiveShop,
} from "./testing/installation.ts";

const execute = promisify(execFile);
let it: Installation;
let disk: string | null = null;

beforeAll(async () => {
  it = await startInstallation();
  await it.startGateway();
  it.startEngine();
  await withLiveShop(it);
  await deployed("1.1.0");
});
afterAll(async () => {
  await it?.stop();
  if (disk) await rm(disk, { recursive: true, force: true });
});

const host = "shop.localhost";
const app = "shop";
const liveSlot = async () => (await it.store.app.findUniqueOrThrow({ where: { name: app } })).liveSlot!;
const order = (ref: string) => it.ask(host, "/orders", { method: "POST", body: { ref, amount: 1 } });
const served = async () =>
  (await order(`served-${Math.random()}`).catch(() => ({ status: 0 }))).status === 201;
const windowOpens = () => until(() => readLock(lockPath(it.home, app)).kind === "lock", "the window opens");
const source = async (version: Parameters<Installation["release"]>[0]) => ({
  kind: "folder" as const,
  path: await it.release(version),
});
const deployed = async (version: Parameters<Installation["release"]>[0]) =>
  succeeded(it, await deploy(it.context, { app, source: await source(version) }));
const underLoad = (ledger = new Ledger()) =>
  startLoad({ gatewayPort: it.gatewayPort, host, readsPerSecond: 40, writesPerSecond: 30, ledger });

/** No way back open, so that a swap may be asked for. */
beforeEach(async () => {
  const slots = await it.store.slot.findMany({ where: { app: { name: app } } });
  if (slots.some(({ dataState }) => dataState === "resting"))
    await succeeded(it, await finish(it.context, { app }));
});

/** A transaction of the live app that keeps a swap's fence waiting until it is ended. */
async function slowWriter(): Promise<{ end(): Promise<void> }> {
  const role = `sb_shop_${await liveSlot()}_app`;
  const url = new URL(it.dataCluster.server.url(`sb_shop_${await liveSlot()}`));
  url.username = role;
  url.password = derivedSecret(readSecretKey(it.home), `role ${role}`);
  const client = new pg.Client({ connectionString: url.href });
  client.on("error", () => {});
  await client.connect();
  await client.query("BEGIN; INSERT INTO entries (ref, delta) VALUES ('slow', 1)");
  return {
    async end() {
      await client.query("COMMIT").catch(() => {});
      await client.end().catch(() => {});
    },
  };
}

const admin = async <T>(database: string, use: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: it.dataCluster.server.url(database) });
  await client.connect();
  return use(client).finally(() => client.end());
};

test("of two swaps at once one is made, and the other is told why not", { timeout: 60_000 }, async () => {
  const live = await liveSlot();
  const asked = await Promise.allSettled([swap(it.context, { app }), swap(it.context, { app })]);
  const [made, refused] = asked.sort((a) => (a.status === "fulfilled" ? -1 : 1));
  expect(made).toMatchObject({ status: "fulfilled" });
  expect(refused).toMatchObject({
    status: "rejected",
    reason: { message: expect.stringMatching(/run|busy|swap/i) },
  });
  if (made?.status === "fulfilled") await succeeded(it, made.value);
  expect(await liveSlot()).toBe(otherSlot(live));
  expect(await served()).toBe(true);
});

test("a release that is never healthy is refused, and the idle slot keeps what it ran", {
  timeout: 90_000,
}, async () => {
  await it.store.app.update({ where: { name: app }, data: { settings: { healthTimeoutMs: 3_000 } } });
  const before = await it.store.slot.findMany({ where: { app: { name: app } }, orderBy: { name: "asc" } });
  const run = await it.ended(await deploy(it.context, { app, source: await source("1.2.0") }));
  await it.store.app.update({ where: { name: app }, data: { settings: {} } });
  expect(run).toMatchObject({ status: "failed", error: expect.stringMatching(/health|503/i) });
  const after = await it.store.slot.findMany({ where: { app: { name: app } }, orderBy: { name: "asc" } });
  expect(after.map(({ releaseId }) => releaseId)).toEqual(before.map(({ releaseId }) => releaseId));
  await until(
    async () => (await it.ask("staging.shop.localhost", "/healthz")).status === 200,
    "idle serves as before",
  );
  expect(await served()).toBe(true);
});

test("rolling a bad release back under load loses the rows that were announced, and no upload at all", {
  timeout: 120_000,
}, async () => {
  await deployed("1.3.0");
  const live = await liveSlot();
  const ledger = new Ledger();
  const load = underLoad(ledger);
  const uploads = () =>
    ledger.records.filter(({ write, outcome }) => write.kind === "upload" && outcome === "acknowledged")
      .length;
  await until(() => uploads() > 3, "uploads to the good release");
  const since = now();
  await succeeded(it, await swap(it.context, { app }));
  const before = uploads();
  await until(
    () => uploads() > before + 5 && "write: 500" in load.report().failures,
    "the bad release shows",
  );
  await load.pauseWrites();
  const at = ledger.startSpan(since);
  const requested = await rollback(it.context, { app });
  // From the hold on they come again, and wait like everybody.
  const held = { runId: requested.run.id, name: "hold", status: "succeeded" as const };
  await until(async () => (await it.store.runStep.count({ where: held })) === 1, "visitors wait");
  load.resumeWrites();
  const receipt = await succeeded(it, requested);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await load.stop();
  expect(await liveSlot()).toBe(live);
  expect(receipt.loss).toMatchObject({ exact: true });
  expect((receipt.notes as string[]).join()).toContain("None was lost by going back");
  const found = await httpReader({ port: it.gatewayPort, host })();
  acceptLoss(ledger, found, since, at);
  const verdict = verify(ledger.records, found, ledger.prefix);
  expect(verdict).toMatchObject({ lost: 0, doubled: 0, unexplained: 0 });
  const lostUploads = ledger.records.filter(({ write, rolledBack }) => write.kind === "upload" && rolledBack);
  expect(lostUploads).toEqual([]);
  expect(Object.keys(load.report().failures)).toEqual(["write: 500"]);
  await deployed("1.1.0");
});

test("the data's server gone in the window: the swap goes back, and live serves when it is there again", {
  timeout: 90_000,
}, async () => {
  const live = await liveSlot();
  const slow = await slowWriter();
  const requested = await swap(it.context, { app });
  await windowOpens();
  process.kill(it.dataCluster.server.pid, "SIGKILL");
  // What the run says once its server is gone; it goes back for as long as that takes.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await it.dataCluster.restart();
  await slow.end();
  const run = await it.ended(requested);
  expect(run.status).not.toBe("succeeded");
  expect(run.error).toMatch(/connection|server|terminat|ECONN/i);
  expect(await liveSlot()).toBe(live);
  await until(served, "live serves", 15_000);
});

test("the gateway gone in the window: the swap goes back, and the next gateway serves live", {
  timeout: 90_000,
}, async () => {
  const live = await liveSlot();
  const slow = await slowWriter();
  const requested = await swap(it.context, { app });
  await windowOpens();
  for (const { pid } of livingGateways(it.home)) process.kill(pid, "SIGKILL");
  await it.restartGateway();
  // Held again by the lock, or not: what counts is that this swap does not go on as if nothing had been.
  await slow.end();
  const run = await it.ended(requested);
  await until(served, "live serves", 15_000);
  const moved = (await liveSlot()) !== live;
  expect(run.status === "succeeded").toBe(moved);
  if (!moved) expect(run.error).toMatch(/gateway|hold/i);
  expect(readLock(lockPath(it.home, app)).kind).toBe("absent");
});

test.each(["before", "after"])(
  "the store gone exactly at the commit, killed %s it came through",
  {
    timeout: 120_000,
  },
  async (when) => {
    const live = await liveSlot();
    // The tests' servers are quick and forgetful; this one's word must hold.
    const [{ name }] = await it.store.$queryRaw<[{ name: string }]>`SELECT current_database() AS name`;
    await it.store.$executeRawUnsafe(`ALTER DATABASE "${name}" SET synchronous_commit = on`);
    await it.killEngines();
    const doomed = it.startEngine({ KILL_RUN: "swap", KILL_STORE: `${it.storeCluster.server.pid}:${when}` });
    // As its supervisor would.
    doomed.once("exit", (_, signal) => signal ?? it.startEngine());
    const ledger = new Ledger();
    const load = underLoad(ledger);
    const { pid } = it.storeCluster.server;
    const requested = await swap(it.context, { app });
    await until(() => gone(pid), "the store is killed", 40_000);
    await it.storeCluster.restart();
    const run = await it.ended(requested, 60_000);
    await load.stop();
    const moved = (await liveSlot()) !== live;
    expect(moved).toBe(when === "after");
    expect(run.status === "succeeded").toBe(moved);
    if (!moved) expect(run.error).toMatch(/commit/i);
    await until(served, "live serves", 15_000);
    const found = await httpReader({ port: it.gatewayPort, host })();
    expect(verify(ledger.records, found, ledger.prefix)).toMatchObject({
      lost: 0,
      doubled: 0,
      unexplained: 0,
    });
    expect(load.report().failures).toEqual({});
  },
);

test.runIf(process.getuid?.() === 0)(
  "a disk that fills up during the copy: the swap goes back and says so",
  {
    timeout: 90_000,
  },
  async () => {
    const live = await liveSlot();
    const idle: SlotName = otherSlot(live);
    disk = await mkdtemp(join(tmpdir(), "signalbox-small-disk-"));
    await execute("mount", ["-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", disk]);
    try {
      const owner = await admin("postgres", async (client) => {
        const { rows } = await client.query("SHOW data_directory");
        return stat(rows[0].data_directory as string);
      });
      await execute("chown", [`${owner.uid}:${owner.gid}`, disk]);
      await admin("postgres", async (client) => {
        await client.query(`CREATE TABLESPACE small LOCATION '${disk}'`);
        // Nobody may be in a database that moves.
        for (let left = 50; ; left--) {
          await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [
            `sb_shop_${idle}`,
          ]);
          const move = client.query(`ALTER DATABASE sb_shop_${idle} SET TABLESPACE small`);
          if (await move.catch(() => null)) break;
          if (left === 0) throw new Error("the database does not move");
        }
      });
      await admin(`sb_shop_${live}`, (client) =>
        client.query(
          "INSERT INTO entries (ref, delta) SELECT 'big-' || g || repeat('x', 200), 1 FROM generate_series(1, 120000) g",
        ),
      );
      // Longer than the forecast from the small copies before.
      const settings = { windowMs: 600_000 };
      await it.store.app.update({ where: { name: app }, data: { settings } });
      const load = underLoad();
      const run = await it.ended(await swap(it.context, { app }));
      await load.stop();
      expect(run.status).toBe("failed");
      expect(run.error).toMatch(/no space left|could not extend|disk/i);
      expect(await liveSlot()).toBe(live);
      expect(load.report().failures).toEqual({});
      expect(await served()).toBe(true);
    } finally {
      await it.dataCluster.server.stop(0).catch(() => {});
      await execute("umount", ["-l", disk]).catch(() => {});
    }
  },
);

function gone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
