/** Kills the engine at one record of a run, under load, and looks at what its successor makes of it. */
import { once } from "node:events";
import { expect } from "vitest";
import { lockPath, readLock } from "#lib/gate/lock-file.ts";
import { finish } from "#lib/operations/finish.ts";
import { rollback } from "#lib/operations/rollback.ts";
import { swap } from "#lib/operations/swap.ts";
import { type Installation, succeeded, until } from "./installation.ts";

export interface Crash {
  verb: "swap" | "rollback";
  /** The run's so-manieth record in the journal. */
  at: number;
  when: "before" | "after";
}

/** Milliseconds from the successor's start. */
export interface Recovery {
  status: string;
  endedMs: number;
  servedMs: number;
}

/**
 * Null when the run has fewer records than `at`: it simply succeeded. `withinMs`: how long after the engine is back
 * the run must have ended and visitors be served; 5,000 is the promise, and asked of a machine that does nothing else.
 */
export async function crashOnce(it: Installation, crash: Crash, withinMs: number): Promise<Recovery | null> {
  try {
    return await crashed(it, crash, withinMs);
  } finally {
    await it.killEngines();
  }
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
  const label = `${crash.verb} killed ${crash.when} record ${crash.at}`;
  if (begun) expect(endedMs, `${label}: ended`).toBeLessThan(withinMs);
  expect(servedMs, `${label}: served`).toBeLessThan(withinMs);
  expect(readLock(lockPath(it.home, "shop")).kind, `${label}: no lock is left`).toBe("absent");
  const moved = app.liveSlot !== before.liveSlot;
  expect(run.status, `${label}: ${run.error}`).toBe(moved ? "succeeded" : "aborted");
  expect(moved || begun, `${label}: a run that was not begun is conducted`).toBe(true);
  const authorities = app.slots.filter((slot) => slot.dataState === "authoritative").map((slot) => slot.name);
  expect(authorities, `${label}: one authority`).toEqual([app.liveSlot]);
  return { status: run.status, endedMs, servedMs };
}

/** Back to where the verb can be tried again. */
export async function getReady(it: Installation, verb: "swap" | "rollback"): Promise<void> {
  const slots = await it.store.slot.findMany({ where: { app: { name: "shop" } } });
  const wayBack = slots.some((slot) => slot.dataState === "resting");
  if (wayBack === (verb === "rollback")) return;
  it.startEngine();
  try {
    await succeeded(it, await (wayBack ? finish : swap)(it.context, { app: "shop" }));
  } finally {
    await it.killEngines();
  }
}

const soon = () => new Promise<true>((resolve) => setTimeout(() => resolve(true), 500));

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
