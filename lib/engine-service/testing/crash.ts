/** Kills the engine at one record of a run, under load, and looks at what its successor makes of it. */
import { once } from "node:events";
import { expect } from "vitest";
import { Ledger } from "#bench/ledger/ledger.ts";
import { httpReader } from "#bench/ledger/reader.ts";
import { verify } from "#bench/ledger/verify.ts";
import { startLoad } from "#bench/load/load.ts";
import { lockPath, readLock } from "#lib/gate/lock-file.ts";
import { deploy } from "#lib/operations/deploy.ts";
import { finish } from "#lib/operations/finish.ts";
import { rollback } from "#lib/operations/rollback.ts";
import { swap } from "#lib/operations/swap.ts";
import { sync } from "#lib/operations/sync.ts";
import { type Installation, startInstallation, succeeded, until, withLiveShop } from "./installation.ts";

export interface Crash {
  verb: "swap" | "rollback";
  /** Whether the idle slot is fed, so that the way back is too. */
  fed: boolean;
  /** The run's so-manieth record in the journal. */
  at: number;
  when: "before" | "during" | "after";
}

/** Milliseconds from the successor's start. */
export interface Recovery {
  status: string;
  endedMs: number;
  servedMs: number;
}

/** The shop with 1.0.0 live and 1.1.0 ready to be swapped in, `fed` or not; no engine runs. */
export async function startCrashLab(fed: boolean): Promise<Installation> {
  const it = await startInstallation();
  await it.startGateway();
  it.startEngine();
  await withLiveShop(it);
  const source = { kind: "folder" as const, path: await it.release("1.1.0") };
  await succeeded(it, await deploy(it.context, { app: "shop", source }));
  if (fed) await succeeded(it, await sync(it.context, { app: "shop", mode: "stream" }));
  await it.killEngines();
  return it;
}

/**
 * One crash with visitors on the public domain, who must notice nothing and lose nothing. Null when the run has fewer
 * records than `at`: it simply succeeded. `withinMs`: how long after the engine is back the run must have ended and
 * visitors be served; 5,000 is the promise, and asked of a machine that does nothing else.
 */
export async function crashUnderLoad(
  it: Installation,
  crash: Crash,
  withinMs: number,
): Promise<Recovery | null> {
  await getReady(it, crash);
  const lossless = crash.fed || crash.verb === "swap";
  const visited = { gatewayPort: it.gatewayPort, host: "shop.localhost" };
  const ledger = new Ledger();
  const load = startLoad({ ...visited, readsPerSecond: 20, writesPerSecond: 20, ledger });
  const recovery = await crashed(it, crash, withinMs).finally(() =>
    Promise.all([load.stop(), it.killEngines()]),
  );
  const label = labelOf(crash);
  if (lossless) {
    // A rollback without a feed leaves writes behind by its nature; it has its own test with the ledger.
    const found = await httpReader({ port: it.gatewayPort, host: visited.host })();
    const verdict = verify(ledger.records, found, ledger.prefix);
    expect(verdict, label).toMatchObject({ lost: 0, doubled: 0, unexplained: 0 });
  }
  // A visitor of what a rollback left behind gets the app's own 404; nobody gets an error.
  const failures = Object.keys(load.report().failures).filter(
    (reason) => lossless || !reason.endsWith(": 404"),
  );
  expect(failures, label).toEqual([]);
  return recovery;
}

async function crashed(it: Installation, crash: Crash, withinMs: number): Promise<Recovery | null> {
  const { store, context } = it;
  const before = await store.app.findUniqueOrThrow({ where: { name: "shop" } });
  const doomed = it.startEngine({ KILL_RUN: crash.verb, KILL_AT: `${crash.at}:${crash.when}` });
  const died = once(doomed, "exit");
  const requested = await { swap, rollback }[crash.verb](context, { app: "shop" });
  const first = await Promise.race([
    died.then(() => "died" as const),
    it.ended(requested).then(() => "ended" as const),
  ]);
  // A kill right after the last record finds the run ended; without one the run had fewer records.
  if (first === "ended" && (await Promise.race([died.then(() => false), soon()]))) return null;

  // A run of which nothing was begun is simply conducted: what bounds it is then a whole switch, not a recovery.
  const begun =
    (await store.runStep.count({ where: { runId: requested.run.id, status: { not: "pending" } } })) > 0;
  const restarted = performance.now();
  it.startEngine();
  const [run, servedMs] = await Promise.all([it.ended(requested, 20_000), servedAfter(it, restarted)]);
  const endedMs = performance.now() - restarted;
  const app = await store.app.findUniqueOrThrow({ where: { name: "shop" }, include: { slots: true } });
  const label = labelOf(crash);
  if (begun) expect(endedMs, `${label}: ended`).toBeLessThan(withinMs);
  expect(servedMs, `${label}: served`).toBeLessThan(withinMs);
  expect(readLock(lockPath(it.home, "shop")).kind, `${label}: no lock is left`).toBe("absent");
  const moved = app.liveSlot !== before.liveSlot;
  expect(run.status, `${label}: ${run.error}`).toBe(moved ? "succeeded" : "aborted");
  expect(moved || begun, `${label}: a run that was not begun is conducted`).toBe(true);
  const authorities = app.slots.filter((slot) => slot.dataState === "authoritative").map((slot) => slot.name);
  expect(authorities, `${label}: one authority`).toEqual([app.liveSlot]);
  const target = app.slots.find((slot) => slot.name !== app.liveSlot);
  expect(target?.fed, `${label}: the other slot is fed`).toBe(crash.fed);
  return { status: run.status, endedMs, servedMs };
}

const labelOf = ({ verb, fed, when, at }: Crash): string =>
  `${fed ? "fed " : ""}${verb} killed ${when} record ${at}`;

/** Back to where the verb can be tried again. */
async function getReady(it: Installation, { verb, fed }: Crash): Promise<void> {
  const slots = await it.store.slot.findMany({ where: { app: { name: "shop" } } });
  const wayBack = slots.some((slot) => slot.dataState === "resting");
  if (wayBack === (verb === "rollback")) return;
  it.startEngine();
  try {
    await succeeded(it, await (!wayBack ? swap : fed ? rollback : finish)(it.context, { app: "shop" }));
  } finally {
    await it.killEngines();
  }
}

const soon = () => new Promise<true>((resolve) => setTimeout(() => resolve(true), 2_000));

async function servedAfter(it: Installation, since: number): Promise<number> {
  await until(
    async () => {
      const ref = `probe-${Math.random().toString(36).slice(2)}`;
      const answer = await it
        .ask("shop.localhost", "/orders", { method: "POST", body: { ref, amount: 1 } })
        .catch(() => ({ status: 0 }));
      return answer.status === 201;
    },
    "a write is served",
    20_000,
  );
  return performance.now() - since;
}
