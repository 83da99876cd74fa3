/** The files of a folder that belong to a release. */
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { IgnoreRules } from "./ignore.ts";

export interface WalkedFile {
  /** Relative, with slashes. */
  path: string;
  size: number;
  executable: boolean;
  /** A symbolic link's text; null for a plain file. */
  link: string | null;
}

export interface WalkOptions {
  ignoreFiles: readonly string[];
  skip: ReadonlySet<string>;
}

/** In alphabetical order. Sockets, pipes and devices are no files and are passed over. */
export async function* walkFiles(
  root: string,
  { ignoreFiles, skip }: WalkOptions,
): AsyncGenerator<WalkedFile> {
  async function* walk(folder: string, above: IgnoreRules): AsyncGenerator<WalkedFile> {
    const rules = folder === "" ? above : await above.below(folder);
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (skip.has(entry.name)) continue;
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (rules.ignores(path, entry.isDirectory())) continue;
      if (entry.isDirectory()) yield* walk(path, rules);
      else if (entry.isSymbolicLink())
        yield { path, size: 0, executable: false, link: await readlink(join(root, path)) };
      else if (entry.isFile()) {
        const { size, mode } = await lstat(join(root, path));
        yield { path, size, executable: (mode & 0o111) !== 0, link: null };
      }
    }
  }
  yield* walk("", await IgnoreRules.of(root, ignoreFiles));
}
