/** Which files of a folder belong to a release: ignore files in gitignore's syntax, in the folder and below it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ignore, { type Ignore } from "ignore";

/** The first one that is in the folder counts, there and in the folders below. */
export const IGNORE_FILES = [".signalboxignore", ".gitignore"] as const;

/**
 * Names that count for an app. What is only in `.gitignore` is often built output: an app without a build needs it,
 * so there `.gitignore` does not count.
 */
export const ignoreFilesFor = (hasBuild: boolean): readonly string[] =>
  hasBuild ? IGNORE_FILES : IGNORE_FILES.slice(0, 1);

/** Never part of a release, wherever they lie. */
export const alwaysSkipped = (hasBuild: boolean): ReadonlySet<string> =>
  new Set([".git", ...(hasBuild ? ["node_modules"] : [])]);

interface Layer {
  /** Of the folder that the rules are of, with a slash at its end unless it is the root. */
  prefix: string;
  rules: Ignore;
}

/** For the entries of one folder. */
export class IgnoreRules {
  private readonly root: string;
  private readonly name: string | null;
  private readonly layers: Layer[];

  private constructor(root: string, name: string | null, layers: Layer[]) {
    this.root = root;
    this.name = name;
    this.layers = layers;
  }

  /** For a whole folder. Rejects when an ignore file is there and can't be read. */
  static async of(root: string, names: readonly string[]): Promise<IgnoreRules> {
    for (const name of names) {
      const text = await textOf(join(root, name));
      if (text !== null) return new IgnoreRules(root, name, [layer("", text)]);
    }
    return new IgnoreRules(root, null, []);
  }

  /** For a folder below; `folder` is relative to the root, with slashes. */
  async below(folder: string): Promise<IgnoreRules> {
    const text = this.name === null ? null : await textOf(join(this.root, folder, this.name));
    return text === null
      ? this
      : new IgnoreRules(this.root, this.name, [...this.layers, layer(`${folder}/`, text)]);
  }

  /** `path` is relative to the root. The rules nearest to it decide. */
  ignores(path: string, isFolder: boolean): boolean {
    let ignored = false;
    for (const { prefix, rules } of this.layers) {
      const result = rules.test(path.slice(prefix.length) + (isFolder ? "/" : ""));
      if (result.ignored) ignored = true;
      else if (result.unignored) ignored = false;
    }
    return ignored;
  }
}

const layer = (prefix: string, text: string): Layer => ({
  prefix,
  rules: ignore({ ignorecase: false }).add(text),
});

const textOf = (file: string): Promise<string | null> =>
  readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "EISDIR") return null;
    throw error;
  });
