/**
 * Bringing the files of a release to this machine: a list, then the contents that are not here yet, in pieces; or an
 * archive in pieces. Each call can be made again; nothing is lost when the connection is.
 */
import { randomUUID } from "node:crypto";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import { Refusal } from "#lib/engine/ports.ts";
import { unpackArchive } from "./archive.ts";
import { appendPiece, haveBlob, keepStream, mustFit, shelve, wrongSize } from "./blobs.ts";
import { FileListCheck, isLink, type ListEntry, tooLarge } from "./file-list.ts";
import { inTurn } from "./in-turn.ts";
import { LIMITS, type UploadLimits } from "./limits.ts";
import {
  createRecord,
  listUploads,
  readList,
  readRecord,
  touch,
  type UploadPaths,
  type UploadRecord,
  uploadPaths,
  writeList,
  writeRecord,
} from "./record.ts";
import { sweepUploads } from "./sweep.ts";

export interface UploadStatus extends UploadRecord {
  /** Contents that are not here, whole. */
  missing: string[];
  /** Begun: hash (or `archive`) → bytes that are here. */
  received: Record<string, number>;
  files: number;
  bytes: number;
}

export type Begin = { kind: "files"; files: ListEntry[] } | { kind: "archive"; name: string; size: number };

/** Whoever was at an open upload is likely gone. Milliseconds. */
const IDLE_MS = 10 * 60_000;

export class Uploads {
  private readonly home: Home;
  private readonly app: string;
  private readonly paths: UploadPaths;
  private readonly limits: UploadLimits;

  constructor(home: Home, app: string, limits: UploadLimits = LIMITS) {
    this.home = home;
    this.app = app;
    this.paths = uploadPaths(home, app);
    this.limits = limits;
  }

  /** Clears away what is over, then makes room for another one. */
  async begin(begin: Begin, by: string): Promise<UploadStatus> {
    await sweepUploads(this.home, this.app, this.limits);
    await this.mustBeFew();
    const archive = begin.kind === "archive" ? { name: begin.name, size: begin.size } : null;
    if (archive && archive.size > this.limits.uploadBytes) throw tooLarge(this.limits.uploadBytes);
    const id = randomUUID();
    const createdAt = new Date().toISOString();
    await createRecord(this.paths, {
      id,
      kind: begin.kind,
      state: "open",
      createdAt,
      createdBy: by,
      archive,
    });
    try {
      if (begin.kind === "files") return await this.addFiles(id, begin.files);
      await mustFit(this.paths.blobs, begin.size, this.limits);
      return await this.status(id);
    } catch (error) {
      await this.remove(id);
      throw error;
    }
  }

  /** More of the list, for one that is too long for a request. */
  addFiles(id: string, files: ListEntry[]): Promise<UploadStatus> {
    return inTurn(id, async () => {
      mustBe(await readRecord(this.paths, id), "files");
      const list = [...(await readList(this.paths, id)), ...files];
      const check = new FileListCheck(this.limits);
      const sizes = new Map<string, number>();
      for (const entry of list) {
        check.add(entry);
        if (isLink(entry)) continue;
        if ((sizes.get(entry.sha256) ?? entry.size) !== entry.size) throw wrongSize(entry.sha256, entry.size);
        sizes.set(entry.sha256, entry.size);
      }
      await writeList(this.paths, id, list);
      const status = await this.status(id);
      const missing = status.missing.reduce((sum, sha256) => sum + sizes.get(sha256)!, 0);
      await mustFit(this.paths.blobs, missing, this.limits);
      return status;
    });
  }

  /** Rejects with Refusal when there is none of that id. */
  async status(id: string): Promise<UploadStatus> {
    const record = await readRecord(this.paths, id);
    const list = await readList(this.paths, id);
    const { parts, archive } = this.paths.of(id);
    const received: Record<string, number> = {};
    const missing: string[] = [];
    for (const [sha256, size] of contentsOf(list)) {
      if (await haveBlob(this.paths.blobs, sha256, size)) continue;
      missing.push(sha256);
      const there = await sizeOf(join(parts, sha256));
      if (there > 0) received[sha256] = there;
    }
    if (record.kind === "archive" && record.state === "open") received.archive = await sizeOf(archive);
    const bytes = list.reduce((sum, entry) => sum + (isLink(entry) ? 0 : entry.size), 0);
    return { ...record, missing, received, files: list.length, bytes };
  }

  /** A piece of the contents with that hash. Answers how much is here; go on from there. */
  putBlob(id: string, sha256: string, offset: number, bytes: Uint8Array): Promise<{ received: number }> {
    return inTurn(`${id}/${sha256}`, async () => {
      mustBe(await readRecord(this.paths, id), "files");
      const size = contentsOf(await readList(this.paths, id)).get(sha256);
      if (size === undefined) {
        throw new Refusal(
          "not-in-list",
          "The list of files does not have this hash.",
          "Send what is in the list.",
        );
      }
      if (await haveBlob(this.paths.blobs, sha256, size)) return { received: size };
      const part = join(this.paths.of(id).parts, sha256);
      const received = await appendPiece(part, { offset, bytes, size });
      await touch(this.paths, id);
      if (received === size) await shelve(this.paths.blobs, part, sha256);
      return { received };
    });
  }

  /** A piece of the archive. Answers how much is here; go on from there. */
  putArchive(id: string, offset: number, bytes: Uint8Array): Promise<{ received: number }> {
    return inTurn(id, async () => {
      const { size } = mustBe(await readRecord(this.paths, id), "archive").archive!;
      const received = await appendPiece(this.paths.of(id).archive, { offset, bytes, size });
      await touch(this.paths, id);
      return { received };
    });
  }

  /** Unpacks an archive, checks that everything is here, and says so. From then on it can be deployed. */
  complete(id: string, signal: AbortSignal): Promise<UploadStatus> {
    return inTurn(id, async () => {
      const record = await readRecord(this.paths, id);
      if (record.state === "open") {
        if (record.kind === "archive") await this.unpack(record, signal);
        const { missing } = await this.status(id);
        if (missing.length > 0) {
          throw new Refusal(
            "upload-incomplete",
            `The contents of ${missing.length} files are not here yet.`,
            "Send them, then complete the upload again.",
          );
        }
        await writeRecord(this.paths, { ...record, state: "ready" });
        await rm(this.paths.of(id).parts, { recursive: true, force: true });
      }
      return this.status(id);
    });
  }

  async remove(id: string): Promise<void> {
    await rm(this.paths.of(id).dir, { recursive: true, force: true });
  }

  /** Of too many that are open, those that nobody is at give way. */
  private async mustBeFew(): Promise<void> {
    const open = (await listUploads(this.paths)).filter(({ record }) => record?.state === "open");
    const idle = open
      .filter(({ touchedAt }) => Date.now() - touchedAt > IDLE_MS)
      .sort((a, b) => a.touchedAt - b.touchedAt);
    const many = open.length - this.limits.openUploads + 1;
    for (const { id } of idle.slice(0, Math.max(0, many))) await this.remove(id);
    if (many <= idle.length) return;
    throw new Refusal(
      "too-many-uploads",
      `${open.length} uploads of this app are under way.`,
      "Finish or cancel one of them, or wait until one is done.",
    );
  }

  private async unpack({ id, archive }: UploadRecord, signal: AbortSignal): Promise<void> {
    const file = this.paths.of(id).archive;
    const there = await sizeOf(file);
    if (there !== archive!.size) {
      throw new Refusal(
        "upload-incomplete",
        `Of ${archive!.size} bytes ${there} are here.`,
        "Send the rest, then complete the upload again.",
      );
    }
    const keep = (contents: AsyncIterable<Uint8Array>) => keepStream(this.paths.blobs, contents);
    await writeList(this.paths, id, await unpackArchive(file, { limits: this.limits, keep, signal }));
    await rm(file, { force: true });
  }
}

/** Throws Refusal unless it is open and of that kind. */
function mustBe(record: UploadRecord, kind: UploadRecord["kind"]): UploadRecord {
  if (record.state === "open" && record.kind === kind) return record;
  throw new Refusal(
    "upload-closed",
    record.state === "ready" ? "The upload is complete." : `The upload is of ${record.kind}, not of ${kind}.`,
    "Begin another one.",
  );
}

const sizes = new WeakMap<ListEntry[], Map<string, number>>();

/** Hash → size. */
function contentsOf(list: ListEntry[]): Map<string, number> {
  let known = sizes.get(list);
  if (!known) {
    known = new Map(list.flatMap((entry) => (isLink(entry) ? [] : [[entry.sha256, entry.size] as const])));
    sizes.set(list, known);
  }
  return known;
}

const sizeOf = async (file: string): Promise<number> => (await stat(file).catch(() => null))?.size ?? 0;
