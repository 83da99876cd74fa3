/** The maintenance lock on disk: reading, the engine's writing, and removing without hurting a person's lock. */
import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import { lockSchema } from "./lock.ts";
import { isExpired, isOwn, type LockReading } from "./lock-state.ts";
import { readSmallFile } from "./small-file.ts";

const LOCK_NAME = "enabled.lock";
const WINDOW_NAME = "window.lock";
const MAX_BYTES = 64 * 1024;

/** Path of one app's lock, or with null of the lock for everything. */
export const lockPath = (home: Pick<Home, "maintenance">, app: string | null): string =>
  app === null ? join(home.maintenance, LOCK_NAME) : join(home.maintenance, app, LOCK_NAME);

/**
 * Where the engine's hold stands while a person's lock has the first place: visitors meet the person's 503, and if
 * it is removed in the middle of a window they wait.
 */
export const windowLockPath = (home: Pick<Home, "maintenance">, app: string): string =>
  join(home.maintenance, app, WINDOW_NAME);

/** Both places where a run's hold may stand. */
export const holdPaths = (home: Pick<Home, "maintenance">, app: string): string[] => [
  lockPath(home, app),
  windowLockPath(home, app),
];

/** Reads what is there now. Never throws: what can't be read is a lock that says nothing. */
export function readLock(path: string): LockReading {
  const stat = lstat(path);
  if (stat === null) return { kind: "absent" };
  if (stat === "unreadable" || !stat.isFile() || stat.size === 0 || stat.size > MAX_BYTES)
    return { kind: "bare" };
  try {
    const file = readSmallFile(path, MAX_BYTES);
    const parsed = file === null ? null : lockSchema.safeParse(JSON.parse(file.text));
    if (file === null || !parsed?.success) return { kind: "bare" };
    const lock = parsed.data;
    return {
      kind: "lock",
      lock,
      touched: lock.runId !== undefined && file.stat.mtimeMs !== lock.createdAt,
    };
  } catch (error) {
    return codeOf(error) === "ENOENT" ? { kind: "absent" } : { kind: "bare" };
  }
}

/** `lstat` that tells "not there" from "can't be looked at". */
export function lstat(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    return codeOf(error) === "ENOTDIR" ? null : "unreadable";
  }
}

export interface EngineLock {
  app: string;
  runId: string;
  token: number;
  /** Epoch milliseconds, both. */
  holdUntil: number;
  expiresAt: number;
  readsGoOn?: boolean;
}

export type WriteResult = { written: true } | { written: false; found: LockReading };

/**
 * Puts the engine's lock in place. Somebody else's lock is left as it is and returned; the run's own is
 * extended when it would end too early.
 */
export function writeEngineLock(path: string, lock: EngineLock, now = Date.now()): WriteResult {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  // Whole seconds, because not every file system keeps more of an mtime.
  const createdAt = Math.floor(now / 1000) * 1000;
  const temporary = writeAside(path, JSON.stringify({ ...lock, createdAt }), createdAt);
  try {
    for (let attempt = 0; ; attempt += 1) {
      if (tryLink(temporary, path)) return { written: true };
      const found = readLock(path);
      if (found.kind === "absent" && attempt < 5) continue;
      if (isExpired(found, now) && attempt < 5) {
        removeExpired(path, now);
        continue;
      }
      if (!isOwn(found, lock) || found.kind !== "lock") return { written: false, found };
      const lastsEnough =
        (found.lock.holdUntil ?? 0) >= lock.holdUntil && (found.lock.expiresAt ?? 0) >= lock.expiresAt;
      if (!lastsEnough) replaceOwn(temporary, path);
      return { written: true };
    }
  } finally {
    unlinkQuietly(temporary);
  }
}

export type Removal = "removed" | "absent" | "kept";

/** Removes the run's own lock; one that a person made or touched stays. */
export const removeOwnLock = (path: string, run: { runId: string; token: number }): Removal =>
  removeIf(path, (reading) => isOwn(reading, run));

/** Removes a lock whose own time has run out. */
export const removeExpired = (path: string, now = Date.now()): Removal =>
  removeIf(path, (reading) => isExpired(reading, now));

/**
 * The lock is judged again after it was moved aside: between a look and an unlink a person may have touched or
 * replaced it, and that one is put back.
 */
function removeIf(path: string, removable: (reading: LockReading) => boolean): Removal {
  const seen = readLock(path);
  if (seen.kind === "absent") return "absent";
  if (!removable(seen)) return "kept";
  const aside = asidePath(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "absent";
    throw error;
  }
  const ours = removable(readLock(aside));
  if (!ours) tryLink(aside, path);
  unlinkQuietly(aside);
  return ours ? "removed" : "kept";
}

/** Swaps the run's own lock for its longer-lasting successor, without a moment in which there is none. */
function replaceOwn(temporary: string, path: string): void {
  const old = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const before = fstatSync(old).mtimeMs;
    renameSync(temporary, path);
    // A touch that landed on the old file meant the lock: pass it on.
    if (fstatSync(old).mtimeMs !== before) utimesSync(path, new Date(), new Date());
  } finally {
    closeSync(old);
  }
}

/** Writes `content` under a temporary name beside `path`, with `mtime` (epoch milliseconds) when given. */
export function writeAside(path: string, content: string, mtime?: number): string {
  const temporary = asidePath(path);
  const fd = openSync(temporary, "wx", 0o644);
  try {
    writeSync(fd, content);
    if (mtime !== undefined) futimesSync(fd, mtime / 1000, mtime / 1000);
  } finally {
    closeSync(fd);
  }
  return temporary;
}

const asidePath = (path: string) => join(dirname(path), `.${LOCK_NAME}.${randomUUID()}`);

/** link(2) never overwrites: false when something is there already. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException | null)?.code;
