/** Makes one folder like another, path by path or as a whole. Links are carried as links and never followed. */
import { lchownSync, mkdirSync, symlinkSync, unlinkSync } from "node:fs";
import { carryFile, compareFiles, dress, sameBytes } from "./carry-file.ts";
import { Hands } from "./hands.ts";
import {
  below,
  breathe,
  type Dir,
  type Entry,
  isPart,
  leadsOut,
  linkTarget,
  lookAt,
  lookAtSelf,
  nameOf,
  openWithin,
  parentOf,
  type Rel,
} from "./tree.ts";

/** What a mirroring did. */
export interface Tally {
  files: number;
  bytes: number;
  removed: number;
  /** Left out, with why: links that lead out, pipes and the like. */
  leftOut: Map<Rel, string>;
}

export const newTally = (): Tally => ({ files: 0, bytes: 0, removed: 0, leftOut: new Map() });

export interface MirrorOptions {
  from: Dir;
  to: Dir;
  /** The target's files and folders have no write bits. */
  readonly: boolean;
  /** What the source lacks is removed; otherwise it is named to `onExtra` and stays. */
  exact: boolean;
  /** Where the file system can; the copy is otherwise the same. */
  shareBlocks?: boolean;
  tally: Tally;
  signal: AbortSignal;
  /** Before each change of the target; throws when it may not be changed any more. */
  guard(): void;
  /** A folder that both have is about to be read. */
  onDirectory(rel: Rel, source: Entry, target: Entry): void;
  /** Whether somebody hears of what changes in these very folders. */
  isWatched(rel: Rel, source: Entry, target: Entry): boolean;
  onGone(rel: Rel): void;
  onExtra(rel: Rel): void;
  onFile?(rel: Rel, entry: Entry, carried: boolean): void;
  onProgress?(): void;
}

const AT_ONCE = 8;
const asRoot = process.getuid?.() === 0;

export class Mirror {
  /** Files that changed while they were read: to be looked at again. */
  readonly again = new Set<Rel>();
  private readonly extras: Rel[] = [];
  private readonly hands: Hands;
  private readonly options: MirrorOptions;

  constructor(options: MirrorOptions) {
    this.options = options;
    this.hands = new Hands(options.guard);
  }

  /** The whole folder. What is too much goes last, when all the rest is there. */
  async everything(): Promise<void> {
    const { from, to } = this.options;
    for (;;) {
      try {
        await this.folder(from, to, "");
        return await this.removeExtras();
      } catch (error) {
        // No room with what is too much still there: that first, then.
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC" || this.extras.length === 0) throw error;
        await this.removeExtras();
      }
    }
  }

  /** What is at some paths of one folder now, with all below those that are folders which the target lacks. */
  async within(parent: Rel, names: string[]): Promise<void> {
    const { from, to } = this.options;
    const source = openWithin(from, parent);
    if (!source) return this.within(parentOf(parent), [nameOf(parent)]);
    try {
      let target = openWithin(to, parent);
      if (!target) {
        await this.within(parentOf(parent), [nameOf(parent)]);
        target = openWithin(to, parent);
        if (!target) return;
      }
      try {
        await this.entries(source, target, parent, names, false);
      } finally {
        target.close();
      }
    } finally {
      source.close();
    }
    await this.removeExtras();
  }

  private async folder(source: Dir, target: Dir, rel: Rel): Promise<void> {
    this.options.onDirectory(rel, lookAtSelf(source), lookAtSelf(target));
    const names = source.names().filter((name) => !isPart(name));
    const wanted = new Set(names);
    await this.hands.inside(target, async () => {
      for (const name of target.names()) {
        if (isPart(name)) {
          this.hands.touch(target);
          unlinkSync(target.at(name));
        } else if (!wanted.has(name)) this.extra(below(rel, name));
      }
    });
    await this.entries(source, target, rel, names, true);
  }

  /** Several at once, as each waits for the disk. */
  private async entries(source: Dir, target: Dir, parent: Rel, names: string[], whole: boolean) {
    await this.hands.inside(target, async () => {
      const running: Promise<void>[] = [];
      try {
        for (const name of names) {
          this.options.signal.throwIfAborted();
          const entry = this.entry(source, target, parent, name, whole);
          // One folder at a time, so that open descriptors stay few.
          if (lookAt(source, name)?.kind === "dir") await entry;
          else running.push(entry);
          if (running.length >= AT_ONCE) await allDone(running.splice(0));
          await breathe();
        }
      } finally {
        await allDone(running);
      }
    });
  }

  private async entry(source: Dir, target: Dir, parent: Rel, name: string, whole: boolean): Promise<void> {
    const rel = below(parent, name);
    const s = lookAt(source, name);
    const t = lookAt(target, name);
    if (s?.kind !== "dir") this.options.onGone(rel);
    if (!s) {
      // At a path that was asked for, the source's word counts: it is gone there.
      if (t && !whole) this.extras.push(rel);
      else if (t) this.extra(rel);
      return;
    }
    if (s.kind !== "special") this.options.tally.leftOut.delete(rel);
    switch (s.kind) {
      case "special":
        return this.leaveOut(target, rel, t, "is neither a file, a folder nor a link");
      case "link":
        return this.link(source, target, rel, s, t);
      case "dir":
        return this.directory(source, target, rel, s, t, whole);
      case "file":
        return this.file(source, target, rel, s, t);
    }
  }

  private async file(source: Dir, target: Dir, rel: Rel, s: Entry, t: Entry | null): Promise<void> {
    const { signal, tally, guard, onFile, onProgress, shareBlocks } = this.options;
    const name = nameOf(rel);
    const mode = this.modeFor(s);
    if (t?.kind === "file") {
      let verdict = compareFiles(s, t);
      if (verdict === "unsure") {
        verdict = (await sameBytes(source, target, name, signal)) ? "same" : "other";
        if (verdict === "same") {
          guard();
          // A time of change after the source's, so that the next look is sure.
          dress(target, name, s, mode);
        }
      }
      if (verdict === "same") {
        onFile?.(rel, s, false);
        if (t.mode !== mode || (asRoot && (t.uid !== s.uid || t.gid !== s.gid))) {
          guard();
          dress(target, name, s, mode);
        }
        return;
      }
    }
    onFile?.(rel, s, true);
    this.hands.touch(target);
    if (t?.kind === "dir") await this.hands.remove(target, name);
    const settled = await carryFile(source, target, name, {
      mode,
      signal,
      shareBlocks,
      beforePlacing: guard,
      onBytes: (bytes) => {
        tally.bytes += bytes;
        onProgress?.();
      },
    });
    if (settled) tally.files++;
    else this.again.add(rel);
    onProgress?.();
  }

  private async directory(source: Dir, target: Dir, rel: Rel, s: Entry, t: Entry | null, whole: boolean) {
    const { guard } = this.options;
    const name = nameOf(rel);
    let fresh = whole;
    if (t?.kind !== "dir") {
      this.hands.touch(target);
      if (t) await this.hands.remove(target, name);
      mkdirSync(target.at(name), { mode: 0o700 });
      fresh = true;
    }
    const [here, there] = [source.open(name), target.open(name)];
    try {
      if (!here || !there) {
        this.again.add(rel);
        return;
      }
      const known = !fresh && this.options.isWatched(rel, lookAtSelf(here), lookAtSelf(there));
      if (!known) await this.folder(here, there, rel);
      const now = lookAtSelf(there);
      const mode = this.modeFor(s);
      if (now.mode !== mode || (asRoot && (now.uid !== s.uid || now.gid !== s.gid))) {
        guard();
        dress(target, name, s, mode);
      }
    } finally {
      here?.close();
      there?.close();
    }
  }

  private async link(source: Dir, target: Dir, rel: Rel, s: Entry, t: Entry | null): Promise<void> {
    const name = nameOf(rel);
    const to = linkTarget(source, name);
    if (leadsOut(rel, to)) return this.leaveOut(target, rel, t, "is a link that leads out of the folder");
    if (t?.kind === "link" && linkTarget(target, name) === to) return;
    this.hands.touch(target);
    if (t) await this.hands.remove(target, name);
    symlinkSync(Buffer.from(to, "latin1"), target.at(name));
    if (asRoot) lchownSync(target.at(name), s.uid, s.gid);
    this.options.tally.files++;
  }

  private async leaveOut(target: Dir, rel: Rel, t: Entry | null, why: string): Promise<void> {
    this.options.tally.leftOut.set(rel, why);
    // What was at this path is not there any more.
    if (!t || t.kind === "special") return;
    if (t.kind === "link" && leadsOut(rel, linkTarget(target, nameOf(rel)))) return;
    this.hands.touch(target);
    await this.hands.remove(target, nameOf(rel));
  }

  private extra(rel: Rel): void {
    if (this.options.exact) this.extras.push(rel);
    else this.options.onExtra(rel);
  }

  private async removeExtras(): Promise<void> {
    for (const rel of this.extras.splice(0)) {
      const parent = openWithin(this.options.to, parentOf(rel));
      if (!parent) continue;
      try {
        await this.hands.inside(parent, async () => {
          this.hands.touch(parent);
          await this.hands.remove(parent, nameOf(rel));
        });
        this.options.tally.removed++;
        this.options.onProgress?.();
      } finally {
        parent.close();
      }
    }
  }

  private modeFor = (s: Entry): number => (this.options.readonly ? s.mode & ~0o222 : s.mode);
}

/** Waits for every one, and only then rejects with the first failure: descriptors are closed after this. */
async function allDone(running: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(running)).find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
}
