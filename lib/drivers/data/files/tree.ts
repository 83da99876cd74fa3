/**
 * Folders that somebody else writes to, touched without following any link of theirs: a path is walked part by part
 * with O_NOFOLLOW, and what is done in a folder is done below its open descriptor. Names are kept as latin1 strings,
 * one character per byte, because a file's name need not be UTF-8.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync } from "node:fs";

/** A path within a folder: bytes as latin1, parts joined by `/`; empty is the folder itself. */
export type Rel = string;

export const shown = (rel: Rel): string => Buffer.from(rel, "latin1").toString("utf8");
export const below = (rel: Rel, name: string): Rel => (rel === "" ? name : `${rel}/${name}`);
export const parentOf = (rel: Rel): Rel => rel.slice(0, Math.max(0, rel.lastIndexOf("/")));
export const nameOf = (rel: Rel): string => rel.slice(rel.lastIndexOf("/") + 1);

/** Names of files that are not finished; nobody's but ours. */
const PART = /^\.signalbox-\d+-\d+\.part$/;
let parts = 0;
export const partName = (): string => `.signalbox-${process.pid}-${++parts}.part`;
export const isPart = (name: string): boolean => PART.test(name);

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;

/** An open folder. Close it. */
export class Dir {
  readonly fd: number;
  constructor(fd: number) {
    this.fd = fd;
  }
  /** The path of an entry, good while this is open. */
  at(name: string): Buffer {
    return Buffer.from(`/proc/self/fd/${this.fd}/${name}`, "latin1");
  }
  names(): string[] {
    return readdirSync(`/proc/self/fd/${this.fd}`, { encoding: "latin1" });
  }
  kinds(): { name: string; kind: Entry["kind"] }[] {
    const path = `/proc/self/fd/${this.fd}`;
    return readdirSync(path, { encoding: "latin1", withFileTypes: true }).map((entry) => ({
      name: entry.name,
      kind: entry.isFile()
        ? "file"
        : entry.isDirectory()
          ? "dir"
          : entry.isSymbolicLink()
            ? "link"
            : "special",
    }));
  }
  /** Null when the entry is missing or no folder. */
  open(name: string): Dir | null {
    try {
      return new Dir(openSync(this.at(name), DIRECTORY | constants.O_NOFOLLOW));
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }
  close(): void {
    closeSync(this.fd);
  }
}

/** The folder at a path that only we and the administrator can change. */
export const openTop = (path: string): Dir => new Dir(openSync(path, DIRECTORY));

/** A folder within; null when it is missing or not reached through folders only. */
export function openWithin(top: Dir, rel: Rel): Dir | null {
  let dir: Dir | null = new Dir(openSync(`/proc/self/fd/${top.fd}`, DIRECTORY));
  if (rel === "") return dir;
  for (const part of rel.split("/")) {
    const next: Dir | null = dir.open(part);
    dir.close();
    if (!next) return null;
    dir = next;
  }
  return dir;
}

const GONE = new Set(["ENOENT", "ENOTDIR", "ELOOP"]);
/** Not there any more, or something else by now. */
export const isGone = (error: unknown): boolean => GONE.has((error as NodeJS.ErrnoException).code ?? "");

export interface Entry {
  kind: "file" | "dir" | "link" | "special";
  size: number;
  /** Nanoseconds. */
  mtime: bigint;
  ctime: bigint;
  /** Permissions only. */
  mode: number;
  uid: number;
  gid: number;
  ino: bigint;
  /** Of this very file or folder: numbers of inodes are given again. */
  identity: string;
  links: number;
}

/** Null when it is missing. */
export function lookAt(dir: Dir, name: string): Entry | null {
  const stats = lstatSync(dir.at(name), { bigint: true, throwIfNoEntry: false });
  return stats ? entryOf(stats) : null;
}

export const lookAtSelf = (dir: Dir): Entry => entryOf(fstatSync(dir.fd, { bigint: true }));

export function entryOf(stats: import("node:fs").BigIntStats): Entry {
  const kind = stats.isFile()
    ? "file"
    : stats.isDirectory()
      ? "dir"
      : stats.isSymbolicLink()
        ? "link"
        : "special";
  return {
    kind,
    size: Number(stats.size),
    mtime: stats.mtimeNs,
    ctime: stats.ctimeNs,
    // Set-user-id bits are not carried.
    mode: Number(stats.mode) & (kind === "dir" ? 0o3777 : 0o777),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    ino: stats.ino,
    identity: `${stats.ino} ${stats.birthtimeNs}`,
    links: Number(stats.nlink),
  };
}

export const linkTarget = (dir: Dir, name: string): string => readlinkSync(dir.at(name), "latin1");

/** Whether a link at `rel` leads out of its folder. An absolute one does: it means another slot's path. */
export function leadsOut(rel: Rel, target: string): boolean {
  if (target.startsWith("/")) return true;
  let depth = rel.split("/").length - 1;
  for (const part of target.split("/")) {
    if (part === "..") depth--;
    else if (part !== "" && part !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** Entries of one folder of every kind that is carried; no more is asked of each than its kind. */
export function* carriedIn(dir: Dir, rel: Rel): Generator<{ name: string; kind: Entry["kind"] }> {
  for (const { name, kind } of dir.kinds()) {
    if (isPart(name) || kind === "special") continue;
    if (kind !== "link" || staysWithin(dir, below(rel, name), name)) yield { name, kind };
  }
}

/** Not of a link that is gone since the folder was read: its app may be at work. */
function staysWithin(dir: Dir, rel: Rel, name: string): boolean {
  try {
    return !leadsOut(rel, linkTarget(dir, name));
  } catch (error) {
    // EINVAL: a file has its name now.
    if (isGone(error) || (error as NodeJS.ErrnoException).code === "EINVAL") return false;
    throw error;
  }
}

/** Lets others go on after so many entries looked at. */
const BREATH = 500;
let looked = 0;
export function breathe(): Promise<void> | undefined {
  if (++looked % BREATH !== 0) return undefined;
  return new Promise((resolve) => setImmediate(resolve));
}
