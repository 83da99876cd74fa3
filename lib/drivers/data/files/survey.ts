/** Looks at folders without changing them: how much there is, how two differ, what a copy would need. */
import type { DifferentRow } from "#lib/engine/ports.ts";
import { compareFiles, sameBytes } from "./carry-file.ts";
import {
  below,
  breathe,
  carriedIn,
  type Dir,
  type Entry,
  isPart,
  leadsOut,
  linkTarget,
  lookAt,
  openTop,
  type Rel,
} from "./tree.ts";

export interface Size {
  files: number;
  bytes: number;
}

/** Files and links with the bytes of the files. */
export async function sizeOf(path: string): Promise<Size> {
  const size = { files: 0, bytes: 0 };
  await eachBelow(path, (_, entry) => {
    if (entry.kind !== "file" && entry.kind !== "link") return;
    size.files++;
    if (entry.kind === "file") size.bytes += entry.size;
  });
  return size;
}

/** Entries of every kind that is carried, by a walk through all of it. */
export async function countOf(path: string): Promise<number> {
  const top = openTop(path);
  try {
    return await countBelow(top, "");
  } finally {
    top.close();
  }
}

async function countBelow(dir: Dir, rel: Rel): Promise<number> {
  let entries = 0;
  for (const { name, kind } of carriedIn(dir, rel)) {
    entries++;
    const inner = kind === "dir" ? dir.open(name) : null;
    if (!inner) continue;
    try {
      entries += await countBelow(inner, below(rel, name));
    } finally {
      inner.close();
    }
    await breathe();
  }
  return entries;
}

export interface Need {
  /** Bytes of the files that would be copied. */
  bytes: number;
  /** Bytes of all of them. */
  total: number;
  folders: number;
  /** What would be left out, with why. */
  leftOut: [Rel, string][];
}

/** What carrying `from` to `to` would take, by size and time only. */
export async function needOf(from: string, to: string): Promise<Need> {
  const need: Need = { bytes: 0, total: 0, folders: 1, leftOut: [] };
  const other = openTop(to);
  try {
    await eachBelow(from, (rel, entry, dir, name) => {
      if (entry.kind === "dir") need.folders++;
      if (entry.kind === "special") need.leftOut.push([rel, "is neither a file, a folder nor a link"]);
      if (entry.kind === "link" && leadsOut(rel, linkTarget(dir, name)))
        need.leftOut.push([rel, "is a link that leads out of the folder"]);
      if (entry.kind !== "file") return;
      need.total += entry.size;
      const there = lookAt(other, rel);
      if (there?.kind !== "file" || compareFiles(entry, there) === "other") need.bytes += entry.size;
    });
  } finally {
    other.close();
  }
  return need;
}

/** Files and links that `current` has beyond `base`, or otherwise. */
export async function differ(
  base: string,
  current: string,
  signal: AbortSignal,
  onDifference: (rel: Rel, kind: DifferentRow["kind"], was: Entry | null, is: Entry | null) => unknown,
): Promise<void> {
  const seen = new Set<Rel>();
  const [old, now] = [openTop(base), openTop(current)];
  const counts = (entry: Entry | null): entry is Entry => entry?.kind === "file" || entry?.kind === "link";
  try {
    await eachBelow(current, async (rel, is, dir, name) => {
      signal.throwIfAborted();
      if (!counts(is)) return;
      if (is.kind === "link" && leadsOut(rel, linkTarget(dir, name))) return;
      seen.add(rel);
      const was = lookAt(old, rel);
      if (!counts(was)) await onDifference(rel, "inserted", null, is);
      else if (!(await same(old, now, rel, was, is, signal))) await onDifference(rel, "changed", was, is);
    });
    await eachBelow(base, async (rel, was, dir, name) => {
      if (!counts(was) || seen.has(rel)) return;
      if (was.kind === "link" && leadsOut(rel, linkTarget(dir, name))) return;
      await onDifference(rel, "deleted", was, null);
    });
  } finally {
    old.close();
    now.close();
  }
}

async function same(
  old: Dir,
  now: Dir,
  rel: Rel,
  was: Entry,
  is: Entry,
  signal: AbortSignal,
): Promise<boolean> {
  if (was.kind !== is.kind) return false;
  if (is.kind === "link") return linkTarget(old, rel) === linkTarget(now, rel);
  if (was.size !== is.size) return false;
  // Either may have been copied from the other.
  if (compareFiles(is, was) === "same" || compareFiles(was, is) === "same") return true;
  return sameBytes(old, now, rel, signal);
}

type Visit = (rel: Rel, entry: Entry, dir: Dir, name: string) => unknown;

async function eachBelow(path: string, visit: Visit): Promise<void> {
  const top = openTop(path);
  try {
    await walk(top, "", visit);
  } finally {
    top.close();
  }
}

async function walk(dir: Dir, rel: Rel, visit: Visit): Promise<void> {
  for (const name of dir.names()) {
    if (isPart(name)) continue;
    const entry = lookAt(dir, name);
    if (!entry) continue;
    const path = below(rel, name);
    await visit(path, entry, dir, name);
    if (entry.kind === "dir") {
      const inner = dir.open(name);
      if (!inner) continue;
      try {
        await walk(inner, path, visit);
      } finally {
        inner.close();
      }
    }
    await breathe();
  }
}
