/**
 * One named folder in both slots. While watched it knows which paths may differ, so that carrying costs what changed
 * and not what is there; when a watch was lost, or never was, everything is looked at.
 */
import { statSync } from "node:fs";
import { otherSlot, SLOT_NAMES, type SlotName } from "#lib/engine/model.ts";
import { compareFiles } from "./carry-file.ts";
import { Mirror, type Tally } from "./mirror.ts";
import { countOf } from "./survey.ts";
import { type Dir, entryOf, lookAt, nameOf, openTop, openWithin, parentOf, type Rel } from "./tree.ts";
import { type Echo, WatchedTree } from "./watch.ts";

export interface Carry {
  from: SlotName;
  readonly: boolean;
  exact: boolean;
  tally: Tally;
  signal: AbortSignal;
  guard(): void;
  onProgress?(): void;
  /** Leave alone what changed this recently: it is likely to change again. Milliseconds. */
  restMs?: number;
}

/** A path that goes on changing while it is carried. */
const ROUNDS = 12;

export class Pair {
  readonly name: string;
  private readonly paths: Record<SlotName, string>;
  private readonly trees: Record<SlotName, WatchedTree>;
  /** What the following side has beyond the other, or has otherwise: its testers' own. */
  private readonly own = new Set<Rel>();
  /** Names of files that have several, by inode. */
  private readonly linked = new Map<bigint, Set<Rel>>();
  private looked = false;

  constructor(name: string, paths: Record<SlotName, string>) {
    this.name = name;
    this.paths = paths;
    this.trees = { blue: new WatchedTree(paths.blue), green: new WatchedTree(paths.green) };
  }

  /** Why changes can't be followed; null when they can. */
  get lost(): string | null {
    return this.trees.blue.lost ?? this.trees.green.lost;
  }

  /** Everything was looked at, and what changed since is known. */
  get known(): boolean {
    return this.looked;
  }

  get idle(): boolean {
    return (
      this.looked && this.inPlace() && this.trees.blue.dirty.size === 0 && this.trees.green.dirty.size === 0
    );
  }

  /** Whether the watched folders are still those that lie there: not made anew, and nothing mounted over them. */
  private inPlace(): boolean {
    return SLOT_NAMES.every((slot) => {
      const stats = statSync(this.paths[slot], { bigint: true, throwIfNoEntry: false });
      return stats !== undefined && this.trees[slot].has("", entryOf(stats).identity);
    });
  }

  /** Looks at everything at the next carry. */
  forget(): void {
    this.looked = false;
  }

  close(): void {
    this.looked = false;
    this.own.clear();
    this.linked.clear();
    for (const tree of Object.values(this.trees)) tree.close();
  }

  /** Until both sides are alike and nothing more is heard. False when something goes on changing. */
  async carry(how: Carry, echo: Echo | null): Promise<boolean> {
    const [from, to] = [openTop(this.paths[how.from]), openTop(this.paths[otherSlot(how.from)])];
    try {
      for (let round = 0; round < ROUNDS; round++) {
        how.signal.throwIfAborted();
        const heard = (await echo?.heard()) === true;
        if (!heard || this.lost !== null || !this.inPlace()) this.looked = false;
        if (!this.looked) {
          const settled = await this.lookAtAll(from, to, how);
          // Without watches one look at everything is all that can be done.
          if (settled && (!heard || this.lost !== null)) return true;
          continue;
        }
        const todo = this.take(from, to, how);
        if (todo.length === 0) {
          for (const tree of Object.values(this.trees)) tree.caughtUp();
          return true;
        }
        await this.carryPaths(from, to, how, todo).catch((error) => {
          // No room: a look at everything removes what is too much first.
          if (error.code !== "ENOSPC" || !how.exact) throw error;
          this.looked = false;
        });
      }
      return false;
    } finally {
      from.close();
      to.close();
    }
  }

  /** Entries on both sides. While watched it costs what changed since the last time, else a walk through all. */
  async counts(): Promise<Record<SlotName, number>> {
    const watched = await this.watchedCounts();
    if (watched && watched.blue === watched.green) return watched;
    return { blue: await countOf(this.paths.blue), green: await countOf(this.paths.green) };
  }

  /** Of what the watches know of, which what goes on meanwhile may have left behind. Null while they know nothing. */
  async watchedCounts(): Promise<Record<SlotName, number> | null> {
    if (!this.looked || this.lost !== null || !this.inPlace()) return null;
    return { blue: await this.trees.blue.count(), green: await this.trees.green.count() };
  }

  private mirror(from: Dir, to: Dir, how: Carry): Mirror {
    const [source, target] = [this.trees[how.from], this.trees[otherSlot(how.from)]];
    const mirror: Mirror = new Mirror({
      ...how,
      from,
      to,
      onDirectory: (rel, s, t) => {
        source.add(rel, s.identity);
        target.add(rel, t.identity);
      },
      isWatched: (rel, s, t) => source.has(rel, s.identity) && target.has(rel, t.identity),
      onGone: (rel) => {
        source.forget(rel);
        target.forget(rel);
      },
      onExtra: (rel) => void this.own.add(rel),
      onFile: (rel, entry, carried) => {
        if (entry.links < 2) return;
        const names = this.linked.get(entry.ino) ?? new Set();
        this.linked.set(entry.ino, names.add(rel));
        // What was written through one name was written under all of them.
        if (carried) for (const other of names) if (other !== rel) mirror.again.add(other);
      },
    });
    return mirror;
  }

  private async lookAtAll(from: Dir, to: Dir, how: Carry): Promise<boolean> {
    for (const tree of Object.values(this.trees)) tree.close();
    this.own.clear();
    this.linked.clear();
    const mirror = this.mirror(from, to, how);
    await mirror.everything();
    this.looked = this.lost === null;
    for (const rel of mirror.again) this.trees[how.from].dirty.set(rel, performance.now());
    return mirror.again.size === 0;
  }

  private take(top: Dir, other: Dir, { from, exact, restMs = 0 }: Carry): Rel[] {
    const todo = new Set<Rel>();
    const before = performance.now() - restMs;
    for (const tree of Object.values(this.trees)) {
      const theirs = tree !== this.trees[from];
      for (const [rel, at] of tree.dirty) {
        if (at > before) continue;
        tree.dirty.delete(rel);
        if (exact || !theirs) todo.add(rel);
        // Most of it is what we carried there ourselves.
        else if (!this.alike(tree, top, other, rel)) this.own.add(rel);
      }
    }
    if (exact) {
      for (const rel of this.own) todo.add(rel);
      this.own.clear();
    }
    return [...todo].sort();
  }

  private async carryPaths(from: Dir, to: Dir, how: Carry, todo: Rel[]): Promise<void> {
    const left = new Set(todo);
    const mirror = this.mirror(from, to, how);
    try {
      // Sorted, so that a folder is there before what is in it.
      for (const [parent, rels] of Map.groupBy(todo, parentOf)) {
        await mirror.within(parent, rels.map(nameOf));
        for (const rel of rels) left.delete(rel);
      }
    } finally {
      // Not done with: to be looked at again, also by the next who carries.
      for (const rel of [...left, ...mirror.again]) this.trees[how.from].dirty.set(rel, performance.now());
    }
  }

  /** Of a path in the following tree: whether it is as it should be, and watched if it is a folder. */
  private alike(tree: WatchedTree, from: Dir, to: Dir, rel: Rel): boolean {
    const [one, two] = [openWithin(from, parentOf(rel)), openWithin(to, parentOf(rel))];
    try {
      const s = one && lookAt(one, nameOf(rel));
      const t = two && lookAt(two, nameOf(rel));
      if (!s || !t) return s === t;
      if (s.kind !== t.kind) return false;
      if (s.kind === "dir") return tree.has(rel, t.identity);
      return s.kind !== "file" || compareFiles(s, t) === "same";
    } finally {
      one?.close();
      two?.close();
    }
  }
}
