/** Reads locks once per request: one lstat each, and the content only when the file is another one. */
import type { Home } from "#lib/config/home.ts";
import type { Locks } from "./decide.ts";
import { lockPath, lstat, readLock, removeExpired, windowLockPath } from "./lock-file.ts";
import { isExpired, type LockReading } from "./lock-state.ts";

const ABSENT: LockReading = { kind: "absent" };

export class LockReader {
  readonly #home: Pick<Home, "maintenance">;
  readonly #watched = new Map<string, OneLock>();

  constructor(home: Pick<Home, "maintenance">) {
    this.#home = home;
  }

  /** An expired lock is removed on the way and counts as absent. */
  read(app: string, now = Date.now()): Locks {
    const read = (path: string) => this.#one(path).read(now);
    return {
      all: read(lockPath(this.#home, null)),
      app: read(lockPath(this.#home, app)),
      window: read(windowLockPath(this.#home, app)),
    };
  }

  #one(path: string): OneLock {
    let one = this.#watched.get(path);
    if (one === undefined) {
      one = new OneLock(path);
      this.#watched.set(path, one);
    }
    return one;
  }
}

class OneLock {
  readonly #path: string;
  #mark = { ino: -1, mtimeMs: -1, ctimeMs: -1, size: -1 };
  #reading: LockReading = ABSENT;

  constructor(path: string) {
    this.#path = path;
  }

  read(now: number): LockReading {
    const stat = lstat(this.#path);
    if (stat === null) return ABSENT;
    if (stat === "unreadable") return { kind: "bare" };
    const mark = this.#mark;
    if (
      stat.ino !== mark.ino ||
      stat.mtimeMs !== mark.mtimeMs ||
      stat.ctimeMs !== mark.ctimeMs ||
      stat.size !== mark.size
    ) {
      this.#reading = readLock(this.#path);
      this.#mark = { ino: stat.ino, mtimeMs: stat.mtimeMs, ctimeMs: stat.ctimeMs, size: stat.size };
    }
    if (isExpired(this.#reading, now)) {
      this.#removeExpired(now);
      return ABSENT;
    }
    return this.#reading;
  }

  /** This process may lack the right to; then the lock stays and goes on counting as absent. */
  #removeExpired(now: number): void {
    try {
      removeExpired(this.#path, now);
    } catch {}
  }
}
