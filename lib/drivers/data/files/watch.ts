/**
 * What changes in a folder, from the kernel. One watch per folder, set before the folder is read, so that nothing
 * falls between. Changes made through a shared memory map are the one kind that the kernel does not tell of.
 */
import { type FSWatcher, readFileSync, statSync, utimesSync, watch } from "node:fs";
import { below, breathe, carriedIn, isPart, openTop, openWithin, type Rel } from "./tree.ts";

/** When more comes at once the kernel drops what is beyond, and Node does not say so. */
const QUEUE = (() => {
  try {
    return Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"));
  } catch {
    return 16_384;
  }
})();

export class WatchedTree {
  /** Paths that something happened to, with when last (monotonic, ms). */
  readonly dirty = new Map<Rel, number>();
  /** Why changes may be missed; null while none can be. */
  lost: string | null = null;
  private readonly root: string;
  private readonly watchers = new Map<Rel, { watcher: FSWatcher; identity: string }>();
  private readonly counted = new Map<Rel, number>();
  private readonly uncounted = new Set<Rel>();
  private entries = 0;
  private events = 0;

  /** `root`: an absolute path. */
  constructor(root: string) {
    this.root = root;
  }

  /** Whether this very folder is watched, and not one that had its name before. */
  has(rel: Rel, identity: string): boolean {
    return this.watchers.get(rel)?.identity === identity;
  }

  get size(): number {
    return this.watchers.size;
  }

  /** Watches one folder; those within are to be added as they are found. */
  add(rel: Rel, identity: string): void {
    if (this.lost || this.has(rel, identity)) return;
    this.forget(rel);
    const path = Buffer.concat([Buffer.from(this.root), Buffer.from(rel && `/${rel}`, "latin1")]);
    try {
      const watcher = watch(path, { persistent: false, encoding: "latin1" as BufferEncoding });
      watcher.on("change", (_, name) => this.heard(rel, name as string | null));
      watcher.on("error", () => this.forget(rel));
      this.watchers.set(rel, { watcher, identity });
      this.uncounted.add(rel);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Gone again already: its parent's watch tells.
      if (code === "ENOENT" || code === "ENOTDIR") return;
      this.lose(`the kernel gives no more watches (${code}); raise fs.inotify.max_user_watches`);
    }
  }

  private heard(dir: Rel, name: string | null): void {
    // What was dropped came behind a full queue, and that queue has been counted here.
    if (++this.events >= QUEUE / 2 || name === null) {
      this.lose("more changed at once than the kernel reports");
      return;
    }
    if (isPart(name)) return;
    this.dirty.set(below(dir, name), performance.now());
    this.uncounted.add(dir);
  }

  /** What `countOf` finds, of the watched folders. Reads only those in which something happened since the last time. */
  async count(): Promise<number> {
    const top = openTop(this.root);
    try {
      for (const rel of this.uncounted) {
        this.uncounted.delete(rel);
        if (!this.watchers.has(rel)) continue;
        const dir = openWithin(top, rel);
        this.recount(rel, dir ? [...carriedIn(dir, rel)].length : 0);
        dir?.close();
        await breathe();
      }
    } finally {
      top.close();
    }
    return this.entries;
  }

  private recount(rel: Rel, entries: number): void {
    this.entries += entries - (this.counted.get(rel) ?? 0);
    this.counted.set(rel, entries);
  }

  private unwatch(rel: Rel): boolean {
    this.watchers.get(rel)?.watcher.close();
    this.recount(rel, 0);
    this.counted.delete(rel);
    return this.watchers.delete(rel);
  }

  /** Everything that happened so far is in hand; counting begins anew. */
  caughtUp(): void {
    this.events = 0;
  }

  private lose(why: string): void {
    this.close();
    this.lost = why;
  }

  /** A folder is gone, with all below it. */
  forget(rel: Rel): void {
    if (!this.unwatch(rel)) return;
    for (const other of this.watchers.keys()) if (other.startsWith(`${rel}/`)) this.unwatch(other);
  }

  /** Ends all watches and forgets; the next look must be at everything. */
  close(): void {
    for (const { watcher } of this.watchers.values()) watcher.close();
    this.watchers.clear();
    this.dirty.clear();
    this.counted.clear();
    this.uncounted.clear();
    this.entries = 0;
    this.events = 0;
    this.lost = null;
  }
}

/** Tells when all that happened before has been heard: the kernel keeps one queue for a whole process. */
export class Echo {
  private readonly file: string;
  private readonly inode: bigint;
  private readonly watcher: FSWatcher;
  private waiting: (() => void)[] = [];

  /** `file`: ours, existing. */
  constructor(file: string) {
    this.file = file;
    this.inode = inodeOf(file);
    this.watcher = watch(file, { persistent: false }, () => {
      const heard = this.waiting;
      this.waiting = [];
      for (const resolve of heard) resolve();
    });
    this.watcher.on("error", () => {});
  }

  /** Whether the file is still the one that is listened to. */
  inPlace(): boolean {
    return inodeOf(this.file) === this.inode;
  }

  /** False when nothing was heard in time. */
  async heard(timeoutMs = 3_000): Promise<boolean> {
    // Two in a row: the first may answer for a call that came before.
    return (await this.once(timeoutMs)) && (await this.once(timeoutMs));
  }

  private once(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
      const now = new Date();
      utimesSync(this.file, now, now);
    });
  }

  close(): void {
    this.watcher.close();
  }
}

const inodeOf = (file: string): bigint => statSync(file, { bigint: true, throwIfNoEntry: false })?.ino ?? 0n;
