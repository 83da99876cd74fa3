/** For tests: a home for uploads, clients that send them, and archives made entry by entry. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Header } from "tar";
import type { Home } from "#lib/config/home.ts";
import type { FileEntry } from "./file-list.ts";
import type { Uploads } from "./upload.ts";

export async function uploadHome(): Promise<{ home: Home; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "signalbox-uploads-"));
  return {
    home: { dir, root: dir, maintenance: join(dir, "maintenance") },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

export const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");

export const listOf = (files: Record<string, string>): FileEntry[] =>
  Object.entries(files).map(([path, text]) => ({
    path,
    mode: 0o644,
    size: Buffer.byteLength(text),
    sha256: sha256(text),
  }));

export const APP_FILES = {
  "signalbox.yaml": "name: shop\nversion: 1.0.0\nprocesses: { web: node server.js }\n",
  "server.js": "console.log(1)\n",
};

/** Begins, sends what is missing, completes. */
export async function upload(
  uploads: Uploads,
  files: Record<string, string>,
): Promise<{ id: string; sent: number }> {
  const { id, missing } = await uploads.begin({ kind: "files", files: listOf(files) }, "a test");
  for (const text of Object.values(files)) {
    if (missing.includes(sha256(text))) await uploads.putBlob(id, sha256(text), 0, Buffer.from(text));
  }
  await uploads.complete(id, new AbortController().signal);
  return { id, sent: missing.length };
}

export async function uploadArchive(
  uploads: Uploads,
  bytes: Uint8Array,
  name = "shop.tar.gz",
): Promise<string> {
  const { id } = await uploads.begin({ kind: "archive", name, size: bytes.length }, "a test");
  await uploads.putArchive(id, 0, bytes);
  await uploads.complete(id, new AbortController().signal);
  return id;
}

export interface TarEntry {
  path: string;
  text?: string;
  type?: "File" | "SymbolicLink" | "Link" | "CharacterDevice" | "FIFO" | "Directory";
  linkpath?: string;
  mode?: number;
}

/** Whatever is asked for, however wrong. */
export function tarOf(entries: TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, text = "", type = "File", linkpath, mode = 0o644 }) => {
    const contents = Buffer.from(text);
    const header = new Header({ path, type, linkpath, mode, size: contents.length, mtime: new Date(0) });
    const block = Buffer.alloc(512);
    header.encode(block, 0);
    return [block, contents, Buffer.alloc((512 - (contents.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export const tarGzOf = (entries: TarEntry[]): Buffer => gzipSync(tarOf(entries));

export interface ZipEntry {
  path: string;
  text?: string;
  /** Kind and mode as Unix has them. */
  mode?: number;
  encrypted?: boolean;
}

/** Stored, not compressed; whatever is asked for, however wrong. */
export function zipOf(entries: ZipEntry[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { path, text = "", mode = 0o100644, encrypted = false } of entries) {
    const name = Buffer.from(path);
    const contents = Buffer.from(text);
    const crc = crc32(contents);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(encrypted ? 0x801 : 0x800, 2);
    shared.writeUInt32LE(crc, 10);
    // A password puts twelve bytes in front.
    shared.writeUInt32LE(contents.length + (encrypted ? 12 : 0), 14);
    shared.writeUInt32LE(contents.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const head = Buffer.concat([Buffer.from("504b0304", "hex"), shared, name, contents]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((mode << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    const version = Buffer.from([0x14, 0x03]);
    central.push(Buffer.concat([Buffer.from("504b0102", "hex"), version, shared, rest, name]));
    local.push(head);
    offset += head.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32BE(0x504b0506, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
