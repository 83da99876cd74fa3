/**
 * Reads an archive (.tar, .tar.gz, .zip) as a list of files. Nothing is written by the names that it gives: contents go
 * where the caller says, and names are checked like those of any upload.
 */
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Refusal } from "#lib/engine/ports.ts";
import { notAnArchive } from "./archive-entry.ts";
import { checkPath, FileListCheck, type ListEntry, tooLarge, tooMany } from "./file-list.ts";
import type { UploadLimits } from "./limits.ts";
import { readTar } from "./tar-entries.ts";
import { readZip } from "./zip-entries.ts";

export interface UnpackOptions {
  limits: UploadLimits;
  /** Keeps contents; answers their size and hash. */
  keep(contents: AsyncIterable<Uint8Array>): Promise<{ size: number; sha256: string }>;
  signal: AbortSignal;
}

const MANIFEST = "signalbox.yaml";

/** Rejects with Refusal for what is no archive, is damaged, or has what no release may have. */
export async function unpackArchive(file: string, options: UnpackOptions): Promise<ListEntry[]> {
  const kind = await sniff(file);
  if (kind === null) throw notAnArchive();
  const growth = await growthGuard(file, options.limits);
  const entries = kind === "zip" ? readZip(file) : readTar(tarStream(file, kind, growth));
  const list: ListEntry[] = [];
  for await (const entry of entries) {
    options.signal.throwIfAborted();
    const path = entry.path.replace(/^(\.\/)+/, "");
    if (isJunk(path)) {
      if (entry.kind === "file") for await (const piece of entry.contents) growth(piece.length);
      continue;
    }
    checkPath(path, options.limits);
    if (list.length >= options.limits.files) throw tooMany(options.limits.files);
    if (entry.kind === "link") list.push({ path, link: entry.link });
    else if (entry.kind === "twin") list.push({ ...twinOf(list, entry.target), path });
    else {
      const kept = await options.keep(kind === "zip" ? counted(entry.contents, growth) : entry.contents);
      list.push({ path, mode: entry.executable ? 0o755 : 0o644, ...kept });
    }
  }
  const release = withoutTopFolder(list);
  const check = new FileListCheck(options.limits);
  for (const entry of release) check.add(entry);
  return release;
}

/** A repository's own files and what systems leave in folders: never part of a release. */
const isJunk = (path: string): boolean =>
  path.split("/").some((part) => part.toLowerCase() === ".git" || part === ".DS_Store") ||
  path.startsWith("__MACOSX/");

function twinOf(list: ListEntry[], target: string): ListEntry {
  const wanted = target.replace(/^(\.\/)+/, "");
  const found = list.find(({ path }) => path === wanted);
  if (found) return found;
  throw new Refusal(
    "link-leads-out",
    `A hard link in the archive leads to ${JSON.stringify(wanted.slice(0, 200))}, which is not in front of it.`,
    "Pack the folder anew, from the folder itself.",
  );
}

/** Archives of repositories have everything in one folder; the release is what is in it. */
function withoutTopFolder(list: ListEntry[]): ListEntry[] {
  if (list.some(({ path }) => path === MANIFEST)) return list;
  const top = list[0]?.path.split("/", 1)[0];
  if (top === undefined || !list.every(({ path }) => path.startsWith(`${top}/`))) return list;
  return list.map((entry) => ({ ...entry, path: entry.path.slice(top.length + 1) }));
}

async function sniff(file: string): Promise<"tar" | "gzip" | "zip" | null> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    if (bytesRead >= 2 && buffer[0] === 0x1f && buffer[1] === 0x8b) return "gzip";
    if (bytesRead >= 4 && buffer.readUInt32BE(0) === 0x504b0304) return "zip";
    if (bytesRead >= 512 && buffer.toString("latin1", 257, 262) === "ustar") return "tar";
    return null;
  } finally {
    await handle.close();
  }
}

/** Counts what comes out of the archive; throws Refusal when that is too much, or too much for its size. */
async function growthGuard(file: string, limits: UploadLimits): Promise<(bytes: number) => void> {
  const { size } = await stat(file);
  const most = Math.max(limits.archiveUnquestionedBytes, size * limits.archiveRatio);
  // A tar has 512 bytes of its own per entry, and a gzip of headers alone is a bomb too.
  const room = limits.uploadBytes * 1.1 + 64 * 1024;
  let grown = 0;
  return (bytes) => {
    grown += bytes;
    if (grown > room) throw tooLarge(limits.uploadBytes);
    if (grown > most) {
      throw new Refusal(
        "archive-bomb",
        `The archive grows more than ${limits.archiveRatio} times when it is unpacked.`,
        "Nothing of it was kept. Pack the app's folder anew; what is so compressible seldom belongs to a release.",
      );
    }
  };
}

const tarStream = (file: string, kind: "tar" | "gzip", growth: (bytes: number) => void) => {
  const source = createReadStream(file);
  const plain = kind === "gzip" ? source.pipe(createGunzip()) : source;
  if (plain !== source) source.on("error", (error) => plain.destroy(error));
  return { plain: counted(plain, growth), stop: () => void source.destroy() };
};

async function* counted(
  contents: AsyncIterable<Uint8Array> | Readable,
  growth: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of contents as AsyncIterable<Uint8Array>) {
    growth(piece.length);
    yield piece;
  }
}
