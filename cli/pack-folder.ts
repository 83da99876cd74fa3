/** The list of a folder's files for an upload. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readManifest } from "#lib/config/manifest.ts";
import { FileListCheck, type ListEntry } from "#lib/uploads/file-list.ts";
import { alwaysSkipped, ignoreFilesFor } from "#lib/uploads/ignore.ts";
import { walkFiles } from "#lib/uploads/walk.ts";
import { Refused } from "./door.ts";
import { progressLine } from "./progress-line.ts";
import type { Streams } from "./streams.ts";

export interface PackedFolder {
  folder: string;
  files: ListEntry[];
  bytes: number;
}

const MANIFEST = "signalbox.yaml";

/** Rejects with Refused before anything travels: no manifest, a wrong one, names that can't be. */
export async function packFolder(streams: Streams, folder: string): Promise<PackedFolder> {
  const hasBuild = await manifestHasBuild(folder);
  const line = progressLine(streams);
  const check = new FileListCheck();
  const files: ListEntry[] = [];
  try {
    const options = { ignoreFiles: ignoreFilesFor(hasBuild), skip: alwaysSkipped(hasBuild) };
    for await (const { path, size, executable, link } of walkFiles(folder, options)) {
      const entry: ListEntry =
        link !== null
          ? { path, link }
          : { path, mode: executable ? 0o755 : 0o644, size, sha256: await hashOf(join(folder, path)) };
      check.add(entry);
      files.push(entry);
      line.show(`reading ${folder}: ${files.length} files`);
    }
  } catch (error) {
    const { name, code, message, remedy } = error as Error & { code?: string; remedy?: string };
    throw name === "Refusal" ? new Refused(code!, message, { remedy }) : error;
  } finally {
    line.clear();
  }
  return { folder, files, bytes: check.bytes };
}

async function manifestHasBuild(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, MANIFEST), "utf8").catch((error: NodeJS.ErrnoException) => {
    const missing = error.code === "ENOENT" || error.code === "ENOTDIR";
    throw new Refused(
      missing ? "manifest-missing" : "source-unreadable",
      missing
        ? `There is no ${MANIFEST} in ${folder}.`
        : `${folder}/${MANIFEST} can't be read (${error.code}).`,
      { remedy: "Give the folder that has it. A folder on Signalbox's machine is given with --from." },
    );
  });
  const result = readManifest(text);
  if (result.ok) return result.manifest.build !== undefined;
  throw new Refused("manifest-invalid", `${MANIFEST} has mistakes: ${result.problems.join("; ")}.`, {
    remedy: "Mend them, then deploy again.",
  });
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file)) hash.update(piece);
  return hash.digest("hex");
}
