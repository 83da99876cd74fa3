/** One file from one folder to another: whole or not at all. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  openSync,
  renameSync,
  unlinkSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type Dir, type Entry, entryOf, isGone, partName } from "./tree.ts";

const CHUNK = 1024 * 1024;
/**
 * A file that changes twice within a tick of the kernel's clock looks the same after both. One that changed just now
 * is read when its tick is over, so that a later change shows in its times.
 */
const TICK_NS = 20_000_000n;

const asRoot = process.getuid?.() === 0;

export interface CarryOptions {
  /** Permissions of the new file. */
  mode: number;
  signal: AbortSignal;
  onBytes(bytes: number): void;
  /** Last look before it is put in place; throws when it may not. */
  beforePlacing(): void;
}

/** False when the source was gone or was changed meanwhile: then look again. */
export async function carryFile(
  from: Dir,
  to: Dir,
  name: string,
  { mode, signal, onBytes, beforePlacing }: CarryOptions,
): Promise<boolean> {
  const source = await openSource(from, name);
  if (!source) return false;
  const part = partName();
  let placed = false;
  try {
    let before = entryOf(await source.stat({ bigint: true }));
    if (before.kind !== "file") return false;
    const age = BigInt(Date.now()) * 1_000_000n - before.ctime;
    if (age < TICK_NS && age > -TICK_NS) {
      await sleep(20);
      before = entryOf(await source.stat({ bigint: true }));
    }
    const create = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const target = await open(to.at(part), create, 0o600);
    try {
      await pour(source, target, signal, onBytes);
      if (asRoot) await target.chown(before.uid, before.gid);
      await target.chmod(mode);
      await target.utimes(seconds(before.mtime), seconds(before.mtime));
      await target.datasync();
    } finally {
      await target.close();
    }
    const after = entryOf(await source.stat({ bigint: true }));
    beforePlacing();
    renameSync(to.at(part), to.at(name));
    placed = true;
    return sameTimes(before, after);
  } finally {
    await source.close();
    if (!placed) removePart(to, part);
  }
}

async function openSource(from: Dir, name: string): Promise<FileHandle | null> {
  try {
    // Non-blocking: a pipe that has come in its place must not keep us waiting.
    return await open(from.at(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

async function pour(
  source: FileHandle,
  target: FileHandle,
  signal: AbortSignal,
  onBytes: (n: number) => void,
) {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await source.read(buffer, 0, CHUNK);
    if (bytesRead === 0) return;
    for (let at = 0; at < bytesRead; ) at += (await target.write(buffer, at, bytesRead - at)).bytesWritten;
    onBytes(bytesRead);
  }
}

function removePart(to: Dir, part: string): void {
  try {
    unlinkSync(to.at(part));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Times survive a copy to the microsecond only. */
const MTIME_SLACK_NS = 2_000n;
const seconds = (ns: bigint): number => Number(ns) / 1e9;
const sameTimes = (a: Entry, b: Entry): boolean =>
  a.size === b.size && a.mtime === b.mtime && a.ctime === b.ctime;

/**
 * `same`: what was copied after the source's last change of any kind. `unsure`: looks the same, and only the bytes
 * can tell. `other`: must be copied.
 */
export function compareFiles(source: Entry, target: Entry): "same" | "unsure" | "other" {
  const apart = source.mtime - target.mtime;
  if (source.size !== target.size || apart > MTIME_SLACK_NS || apart < -MTIME_SLACK_NS) return "other";
  return target.ctime > source.ctime ? "same" : "unsure";
}

/** Byte by byte. False also when either is gone. */
export async function sameBytes(a: Dir, b: Dir, name: string, signal: AbortSignal): Promise<boolean> {
  const [left, right] = [await openSource(a, name), await openSource(b, name)];
  try {
    if (!left || !right) return false;
    const [one, two] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)];
    for (;;) {
      signal.throwIfAborted();
      const [here, there] = await Promise.all([left.read(one, 0, CHUNK), right.read(two, 0, CHUNK)]);
      if (here.bytesRead !== there.bytesRead) return false;
      if (here.bytesRead === 0) return true;
      if (one.compare(two, 0, there.bytesRead, 0, here.bytesRead) !== 0) return false;
    }
  } finally {
    await left?.close();
    await right?.close();
  }
}

/** Gives a target's file or folder the source's owner, these permissions and, of a file, its time. */
export function dress(dir: Dir, name: string, source: Entry, mode: number): void {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const fd = openSync(dir.at(name), flags);
  try {
    if (asRoot) fchownSync(fd, source.uid, source.gid);
    fchmodSync(fd, mode);
    if (source.kind === "file") futimesSync(fd, seconds(source.mtime), seconds(source.mtime));
  } finally {
    closeSync(fd);
  }
}
