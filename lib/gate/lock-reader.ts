/** Reads locks: one lstat each, and the content only when the file is another one. */
import type { Home } from "#lib/config/home.ts";
import type { Locks } from "./decide.ts";
import { lockPath, lstat, readLock, removeExpired, windowLockPath } from "./lock-file.ts";
import { isExpired, type LockReading } from "./lock-state.ts";

const ABSENT: LockReading = { kind: "absent" };

export class LockReader {
  readonly #home: Pick<Home, "maintenance">;
  readonly #all: OneLock;
  readonly #apps = new Map<string, { app: OneLock; window: OneLock; locks: Locks | null }>();
  #forgetting = false;

  constructor(home: Pick<Home, "maintenance">) {
    this.#home = home;
    this.#all = new OneLock(lockPath(home, null));
  }

  /** What is there now. An expired lock is removed on the way and counts as absent. */
  read(app: string, now = Date.now()): Locks {
    const watched = this.#of(app);
    watched.locks = {
      all: this.#all.read(now),
      app: watched.app.read(now),
      window: watched.window.read(now),
    };
    if (!this.#forgetting) {
      this.#forgetting = true;
      setImmediate(this.#forget);
    }
    return watched.locks;
  }

  /**
   * The same for the many requests that one turn of the event loop may bring: what was read in this turn counts for
   * all of it. Nobody outside can tell which came first.
   */
  readOncePerTurn(app: string, now: number): Locks {
    return this.#of(app).locks ?? this.read(app, now);
  }

  readonly #forget = (): void => {
    this.#forgetting = false;
    for (const watched of this.#apps.values()) watched.locks = null;
  };

  #of(app: string) {
    let watched = this.#apps.get(app);
    if (watched === undefined) {
      const own = new OneLock(lockPath(this.#home, app));
      watched = { app: own, window: new OneLock(windowLockPath(this.#home, app)), locks: null };
      this.#apps.set(app, watched);
    }
    return watched;
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
