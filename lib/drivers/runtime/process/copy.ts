/** Copies an app's folder as a release: complete, readable, and with nothing that leads out of it. */
import { constants } from "node:fs";
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  symlink,
  utimes,
} from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { Refusal } from "#lib/engine/ports.ts";
import { IgnoreRules } from "#lib/uploads/ignore.ts";

export interface CopyOptions {
  /** Names of folders and files left out wherever they lie. */
  skip: ReadonlySet<string>;
  /** Folders left out, as real paths: the home itself may lie in the app's folder. */
  skipFolders: readonly string[];
  /** Names of the ignore files that count. */
  ignoreFiles: readonly string[];
  /** A release to compare with; what is the same there is not counted as new. */
  previous?: string;
  signal: AbortSignal;
}

export interface CopyCount {
  files: number;
  bytes: number;
  /** Not in the previous release, or different there. */
  newFiles: number;
  newBytes: number;
}

const AT_ONCE = 16;

/**
 * `from` is a real path; `to` exists and is empty. Rejects with Refusal for links that lead out. Where the file system
 * can share blocks, the copy takes no room of its own; files are never shared as such, as a build may change them.
 */
export async function copyRelease(from: string, to: string, options: CopyOptions): Promise<CopyCount> {
  const count: CopyCount = { files: 0, bytes: 0, newFiles: 0, newBytes: 0 };
  const copyFolder = async (source: string, target: string, above: IgnoreRules): Promise<void> => {
    const folder = relative(from, source);
    const rules = folder === "" ? above : await above.below(folder);
    const entries = (await readdir(source, { withFileTypes: true })).filter(
      (entry) =>
        !options.skip.has(entry.name) &&
        !options.skipFolders.includes(join(source, entry.name)) &&
        !rules.ignores(join(folder, entry.name), entry.isDirectory()),
    );
    for (let first = 0; first < entries.length; first += AT_ONCE) {
      options.signal.throwIfAborted();
      await Promise.all(
        entries.slice(first, first + AT_ONCE).map(async (entry) => {
          const path = join(source, entry.name);
          const copy = join(target, entry.name);
          if (entry.isSymbolicLink()) await copyLink(from, path, copy);
          else if (entry.isFile()) {
            const bytes = await copyPlainFile(path, copy);
            const before = options.previous && join(options.previous, folder, entry.name);
            const fresh = before === undefined || !(await isSame(copy, before));
            count.files += 1;
            count.bytes += bytes;
            count.newFiles += fresh ? 1 : 0;
            count.newBytes += fresh ? bytes : 0;
          }
        }),
      );
    }
    // One folder after the other: their number of open files must not grow with the tree.
    for (const entry of entries) {
      if (!entry.isDirectory()) continue;
      const copy = join(target, entry.name);
      await mkdir(copy);
      await chmod(copy, 0o755);
      await copyFolder(join(source, entry.name), copy, rules);
    }
  };
  await copyFolder(from, to, await IgnoreRules.of(from, options.ignoreFiles));
  return count;
}

async function copyPlainFile(from: string, to: string): Promise<number> {
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  const { mode, atime, mtime, size } = await lstat(from);
  await chmod(to, mode & 0o111 ? 0o755 : 0o644);
  await utimes(to, atime, mtime);
  return size;
}

const COMPARE_BYTES = 256 * 1024;

/** By size and time, and where the times differ by what is in them. */
async function isSame(file: string, before: string): Promise<boolean> {
  const [now, then] = await Promise.all([lstat(file), lstat(before).catch(() => null)]);
  if (!then?.isFile() || then.size !== now.size) return false;
  if (Math.abs(then.mtimeMs - now.mtimeMs) < 1) return true;
  const [a, b] = await Promise.all([open(file), open(before)]);
  try {
    for (let at = 0; at < now.size; at += COMPARE_BYTES) {
      const [left, right] = await Promise.all(
        [a, b].map((handle) => handle.read(Buffer.alloc(COMPARE_BYTES), 0, COMPARE_BYTES, at)),
      );
      if (!left!.buffer.subarray(0, left!.bytesRead).equals(right!.buffer.subarray(0, right!.bytesRead)))
        return false;
    }
    return true;
  } finally {
    await Promise.all([a.close(), b.close()]);
  }
}

async function copyLink(root: string, from: string, to: string): Promise<void> {
  const target = resolve(dirname(from), await readlink(from));
  // By its text and, when it leads somewhere, by where: a link on the way can bend it.
  const real = await realpath(from).catch(() => target);
  if (!isInside(root, target) || !isInside(root, real)) {
    throw new Refusal(
      "link-leads-out",
      `${relative(root, from)} is a link to ${target}, outside the app's folder.`,
      "Replace it by the file itself, or by a link that stays in the folder.",
    );
  }
  await symlink(relative(dirname(from), target) || ".", to);
}

export const isInside = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
