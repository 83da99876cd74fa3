/** Who can be struck, how each is found in /proc before the blow, and what a visitor may feel of it. */
import type { Home } from "#lib/config/home.ts";
import { homePaths } from "#lib/config/home.ts";
import { slotPaths } from "#lib/drivers/runtime/process/paths.ts";
import { readActual } from "#lib/drivers/runtime/process/state.ts";
import type { SlotName } from "#lib/engine/model.ts";
import { livingGateways } from "#lib/gateway/control-file.ts";
import {
  isAlive,
  type ProcessIdentity,
  signalProcess,
  startTimeOf,
} from "#lib/observability/process-identity.ts";
import { findPostmaster } from "#lib/store/postmaster.ts";
import { readSupervisorStatus } from "#lib/supervisor/status.ts";
import { SHOP } from "../day/shop.ts";

/**
 * `gateway` is the keeper, `worker` one of the processes that serve, `live` and `idle` the web processes of the slots
 * as they were when the switch was asked for, `store` and `data` the two PostgreSQL servers.
 */
export const VICTIMS = [
  "engine",
  "gateway",
  "worker",
  "web",
  "supervisor",
  "live",
  "idle",
  "store",
  "data",
] as const;
export type Victim = (typeof VICTIMS)[number];

/** Until visitors must be served again. Milliseconds. */
export const LIMIT_MS: Record<Victim, number> = {
  ...{ engine: 5_000, web: 5_000, supervisor: 5_000, store: 5_000 },
  ...{ gateway: 2_000, worker: 2_000 },
  ...{ live: 5_000, idle: 5_000, data: 5_000 },
};

/** Those whose death may fail a visitor's request; traffic outlives the others. `idle` becomes live in the switch. */
export const ON_THE_WAY: ReadonlySet<Victim> = new Set(["gateway", "worker", "live", "idle", "data"]);

export type Aim = Record<Victim, ProcessIdentity | null>;

/** Finds all of them, so that the blow itself takes no time. */
export async function takeAim(home: Home, slots: { live: SlotName; idle: SlotName }): Promise<Aim> {
  const paths = homePaths(home);
  const [status, live, idle, store, data] = await Promise.all([
    readSupervisorStatus(home),
    slotProcess(home, slots.live),
    slotProcess(home, slots.idle),
    findPostmaster(paths.store),
    findPostmaster(paths.data),
  ]);
  const gateways = livingGateways(home);
  const keeper = gateways[0]?.keeper ?? null;
  return {
    engine: ownProcess(status, "engine"),
    gateway: keeper,
    worker: gateways[0] ?? null,
    web: ownProcess(status, "web"),
    supervisor: status,
    live,
    idle,
    store,
    data,
  };
}

/**
 * Strikes one: kill -9, or for a PostgreSQL server an immediate shut-down, after which the supervisor brings it up
 * again. False when nobody was there to be struck.
 */
export function strike(aim: Aim, victim: Victim): boolean {
  const target = aim[victim];
  if (!target) return false;
  return signalProcess(target, victim === "store" || victim === "data" ? "SIGQUIT" : "SIGKILL");
}

/** A slot's web process; null when it is not running. */
export async function slotProcess(home: Home, slot: SlotName): Promise<ProcessIdentity | null> {
  const actual = await readActual(slotPaths(home, { app: SHOP.app, slot }), "web").catch(() => null);
  if (actual?.pid == null || actual.startTime === null) return null;
  const who = { pid: actual.pid, startTime: actual.startTime };
  return isAlive(who) ? who : null;
}

function ownProcess(
  status: Awaited<ReturnType<typeof readSupervisorStatus>>,
  name: string,
): ProcessIdentity | null {
  const pid = status?.processes[name]?.pid;
  const startTime = pid == null ? null : startTimeOf(pid);
  return pid == null || startTime === null ? null : { pid, startTime };
}
