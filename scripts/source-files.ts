/** The repository's own files, as the checks see them. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { REPOSITORY } from "#lib/config/environment.ts";

export interface SourceFile {
  /** Relative to the repository, with slashes. */
  path: string;
  text: string;
}

/** Tracked and new files (not the ignored ones) whose path matches. */
export async function repositoryFiles(match: RegExp): Promise<SourceFile[]> {
  const { stdout } = await promisify(execFile)(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    { cwd: REPOSITORY, maxBuffer: 64 * 1024 * 1024 },
  );
  const paths = [...new Set(stdout.split("\0"))].filter((path) => match.test(path)).sort();
  const there = paths.filter((path) => existsSync(join(REPOSITORY, path)));
  return Promise.all(
    there.map(async (path) => ({ path, text: await readFile(join(REPOSITORY, path), "utf8") })),
  );
}
