/** Copies an app's folder as a release: complete, readable, and with nothing that leads out of it. */
import { constants } from "node:fs";
import { chmod, copyFile, lstat, mkdir, readdir, readlink, realpath, symlink } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { Refusal } from "#lib/engine/ports.ts";

export interface CopyOptions {
  /** Names of folders and files left out wherever they lie. */
  skip: ReadonlySet<string>;
  /** Folders left out, as real paths: the home itself may lie in the app's folder. */
  skipFolders: readonly string[];
  signal: AbortSignal;
}

const AT_ONCE = 16;

/** `from` is a real path; `to` exists and is empty. Rejects with Refusal for links that lead out. */
export async function copyRelease(from: string, to: string, options: CopyOptions): Promise<void> {
  const copyFolder = async (source: string, target: string): Promise<void> => {
    const entries = (await readdir(source, { withFileTypes: true })).filter(
      ({ name }) => !options.skip.has(name) && !options.skipFolders.includes(join(source, name)),
    );
    for (let first = 0; first < entries.length; first += AT_ONCE) {
      options.signal.throwIfAborted();
      await Promise.all(
        entries.slice(first, first + AT_ONCE).map(async (entry) => {
          const path = join(source, entry.name);
          const copy = join(target, entry.name);
          if (entry.isSymbolicLink()) await copyLink(from, path, copy);
          else if (entry.isFile()) await copyPlainFile(path, copy);
        }),
      );
    }
    // One folder after the other: their number of open files must not grow with the tree.
    for (const entry of entries) {
      if (!entry.isDirectory()) continue;
      const copy = join(target, entry.name);
      await mkdir(copy);
      await chmod(copy, 0o755);
      await copyFolder(join(source, entry.name), copy);
    }
  };
  await copyFolder(from, to);
}

async function copyPlainFile(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  const executable = (await lstat(from)).mode & 0o111;
  await chmod(to, executable ? 0o755 : 0o644);
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
