/** One file from one folder to another: whole or not at all. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fdatasync,
  fstatSync,
  futimesSync,
  openSync,
  read,
  readSync,
  renameSync,
  unlinkSync,
  write,
  writeSync,
} from "node:fs";
import { copyFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type Dir, type Entry, entryOf, isGone, partName } from "./tree.ts";

const CHUNK = 1024 * 1024;
const SMALL = 128 * 1024;
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
  /** With the source, where the file system can. */
  shareBlocks?: boolean;
  onBytes(bytes: number): void;
  /** Last look before it is put in place; throws when it may not. */
  beforePlacing(): void;
}

/** False when the source was gone or was changed meanwhile: then look again. */
export async function carryFile(
  from: Dir,
  to: Dir,
  name: string,
  { mode, signal, shareBlocks, onBytes, beforePlacing }: CarryOptions,
): Promise<boolean> {
  const source = openSource(from, name);
  if (source === null) return false;
  const part = partName();
  let placed = false;
  try {
    let before = lookAtFd(source);
    if (before.kind !== "file") return false;
    const age = BigInt(Date.now()) * 1_000_000n - before.ctime;
    if (age < TICK_NS && age > -TICK_NS) {
      await sleep(Math.ceil(Number(TICK_NS - age) / 1e6));
      before = lookAtFd(source);
    }
    const target = openSync(to.at(part), CREATE, 0o600);
    try {
      if (shareBlocks) await share(source, target, before.size, onBytes);
      else await pour(source, target, before.size, signal, onBytes);
      if (asRoot) fchownSync(target, before.uid, before.gid);
      fchmodSync(target, mode);
      futimesSync(target, seconds(before.mtime), seconds(before.mtime));
      await toDisk(target);
    } finally {
      closeSync(target);
    }
    const after = lookAtFd(source);
    beforePlacing();
    renameSync(to.at(part), to.at(name));
    placed = true;
    return sameTimes(before, after);
  } finally {
    closeSync(source);
    if (!placed) removePart(to, part);
  }
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const toDisk = promisify(fdatasync);
const readSome = promisify(read);
const writeSome = promisify(write);
const lookAtFd = (fd: number): Entry => entryOf(fstatSync(fd, { bigint: true }));

function openSource(from: Dir, name: string): number | null {
  try {
    // Non-blocking: a pipe that has come in its place must not keep us waiting.
    return openSync(from.at(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** Small files at once: handing each of their calls to another thread costs more than the calls. */
async function pour(
  source: number,
  target: number,
  size: number,
  signal: AbortSignal,
  onBytes: (n: number) => void,
): Promise<void> {
  const small = size <= SMALL;
  const buffer = Buffer.allocUnsafe(small ? SMALL : CHUNK);
  for (;;) {
    signal.throwIfAborted();
    const got = small
      ? readSync(source, buffer, 0, buffer.length, null)
      : (await readSome(source, buffer, 0, buffer.length, null)).bytesRead;
    if (got === 0) return;
    for (let at = 0; at < got; )
      at += small
        ? writeSync(target, buffer, at, got - at)
        : (await writeSome(target, buffer, at, got - at)).bytesWritten;
    onBytes(got);
  }
}

/** By the open files' own names, so that nobody can put another in their place. */
async function share(source: number, target: number, size: number, onBytes: (n: number) => void) {
  await copyFile(`/proc/self/fd/${source}`, `/proc/self/fd/${target}`, constants.COPYFILE_FICLONE);
  onBytes(size);
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
  const [left, right] = [openSource(a, name), openSource(b, name)];
  try {
    if (left === null || right === null) return false;
    const [one, two] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)];
    for (;;) {
      signal.throwIfAborted();
      const [here, there] = await Promise.all([
        readSome(left, one, 0, CHUNK, null),
        readSome(right, two, 0, CHUNK, null),
      ]);
      if (here.bytesRead !== there.bytesRead) return false;
      if (here.bytesRead === 0) return true;
      if (one.compare(two, 0, there.bytesRead, 0, here.bytesRead) !== 0) return false;
    }
  } finally {
    if (left !== null) closeSync(left);
    if (right !== null) closeSync(right);
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
