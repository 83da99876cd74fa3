/** Takes a folder's write bits away, all through, and gives them back as they were. */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { writeWhole } from "#lib/config/atomic-file.ts";
import { asRoot } from "./places.ts";
import { below, breathe, type Dir, isGone, lookAt, lookAtSelf, openTop, type Rel } from "./tree.ts";

const WRITE = 0o222;

/**
 * `modes` keeps those that are more than the owner's write bit. It is written before anything is changed, so that a
 * pass that was cut off is simply gone on with.
 */
export async function takeWriteBits(tops: Top[], modes: string): Promise<void> {
  if (!existsSync(modes)) {
    const special: Record<string, number> = {};
    for (const { name, path } of tops)
      await everyEntry(path, (rel, mode) => {
        if (((mode & ~WRITE) | 0o200) !== mode) special[below(name, rel)] = mode;
        return mode;
      });
    await writeWhole(modes, JSON.stringify(special));
  }
  for (const { path } of tops) await everyEntry(path, (_, mode) => mode & ~WRITE);
}

interface Top {
  name: string;
  path: string;
}

export async function giveWriteBits(tops: Top[], modes: string): Promise<void> {
  const special = readModes(modes);
  for (const { name, path } of tops)
    await everyEntry(path, (rel, mode) => special[below(name, rel)] ?? mode | 0o200);
  rmSync(modes, { force: true });
}

function readModes(file: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

async function everyEntry(path: string, change: (rel: Rel, mode: number) => number): Promise<void> {
  const top = openTop(path);
  try {
    await everyBelow(top, "", change);
  } finally {
    top.close();
  }
}

/** A folder before its entries: what is opened must be open before they can be reached. */
async function everyBelow(dir: Dir, rel: Rel, change: (rel: Rel, mode: number) => number): Promise<void> {
  const was = lookAtSelf(dir).mode;
  const now = change(rel, was);
  if (now !== was) fchmodSync(dir.fd, now);
  for (const name of dir.names()) {
    const path = below(rel, name);
    const entry = lookAt(dir, name);
    if (entry?.kind === "file") setMode(dir, name, entry.mode, change(path, entry.mode));
    if (entry?.kind === "dir") {
      const inner = dir.open(name);
      if (!inner) continue;
      try {
        await everyBelow(inner, path, change);
      } finally {
        inner.close();
      }
    }
    await breathe();
  }
}

function setMode(dir: Dir, name: string, was: number, mode: number): void {
  if (was === mode) return;
  // Not root: nothing can be reached through a link that was not ours to change anyway.
  if (!asRoot) {
    chmodSync(dir.at(name), mode);
    return;
  }
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    const fd = openSync(dir.at(name), flags);
    fchmodSync(fd, mode);
    closeSync(fd);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
