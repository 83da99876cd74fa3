/** What a person does to the gate, from the dashboard, the API or the CLI: the same act as `touch` and `rm`. */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Home } from "#lib/config/home.ts";
import { lockPath, lstat, readLock, windowLockPath, writeAside } from "./lock-file.ts";
import { lockState } from "./lock-state.ts";

export interface CloseOptions {
  /** Shown to visitors. */
  message?: string;
  /** Seconds, for the Retry-After header. */
  retryAfter?: number;
}

/**
 * Closes the public domains of one app, or with null of all, until `openGate`. An engine's hold that is in place
 * gives way: the lock is a person's from then on. Throws when the folder can't be written to.
 */
export function closeGate(
  home: Pick<Home, "maintenance">,
  app: string | null,
  options: CloseOptions = {},
): void {
  const path = lockPath(home, app);
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const found = lstat(path);
  // A folder in the lock's place closes the gate already and can't be replaced by a file.
  if (found !== null && found !== "unreadable" && found.isDirectory()) return;
  const content = { message: options.message, retryAfter: options.retryAfter, createdAt: Date.now() };
  renameSync(writeAside(path, JSON.stringify(content)), path);
}

/** Removes whatever stands in the lock's place; nothing there is fine. */
export function openGate(home: Pick<Home, "maintenance">, app: string | null): void {
  rmSync(lockPath(home, app), { recursive: true, force: true });
}

export interface GateStatus {
  state: "open" | "held" | "closed";
  /** Whose lock decides. */
  by: "person" | "engine" | null;
  /** Which lock decides. */
  scope: "all" | "app" | null;
  message: string | null;
  /** Epoch milliseconds at which the lock ends by itself; null when it lasts. */
  until: number | null;
}

/** What the public domains of an app meet now, as far as locks say. */
export function gateStatus(home: Pick<Home, "maintenance">, app: string, now = Date.now()): GateStatus {
  const places = [
    { scope: "app" as const, path: lockPath(home, app) },
    { scope: "all" as const, path: lockPath(home, null) },
    { scope: "app" as const, path: windowLockPath(home, app) },
  ];
  const found = places.map(({ scope, path }) => ({ scope, state: lockState(readLock(path), "public", now) }));
  const deciding =
    found.find(({ state }) => state.state === "closed") ?? found.find(({ state }) => state.state === "held");
  if (deciding === undefined || deciding.state.state === "open") {
    return { state: "open", by: null, scope: null, message: null, until: null };
  }
  const { scope, state } = deciding;
  const by = state.state === "closed" ? state.by : state.lock.runId === undefined ? "person" : "engine";
  const lasts = by === "person" && state.lock?.runId !== undefined;
  return {
    state: state.state,
    by,
    scope,
    message: state.lock?.message ?? null,
    until: lasts ? null : (state.lock?.expiresAt ?? null),
  };
}
