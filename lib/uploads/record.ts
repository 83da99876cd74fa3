/** What is on disk about one upload: `<home>/uploads/<app>/<id>/`. */
import { mkdir, readdir, readFile, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "#lib/config/atomic-file.ts";
import { type Home, homePaths } from "#lib/config/home.ts";
import { APP_NAME } from "#lib/config/manifest.ts";
import { Refusal } from "#lib/engine/ports.ts";
import { type ListEntry, listEntry } from "./file-list.ts";

const recordSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(["files", "archive"]),
  /** `ready`: whole, checked, and to be deployed. */
  state: z.enum(["open", "ready"]),
  createdAt: z.string(),
  createdBy: z.string(),
  /** Of an archive. */
  archive: z.strictObject({ name: z.string(), size: z.number() }).nullable(),
});
export type UploadRecord = z.infer<typeof recordSchema>;

const UPLOAD_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const RECORD = "upload.json";
const LIST = "files.json";

/** Begins the names of folders in which something is being fetched. */
export const FETCHING = ".fetching-";

export interface UploadPaths {
  dir: string;
  /** Contents by their hash. */
  blobs: string;
  of(id: string): { dir: string; parts: string; archive: string };
}

export function uploadPaths(home: Home, app: string): UploadPaths {
  if (!APP_NAME.test(app)) throw new Refusal("bad-name", "That is no name for an app.", "Give another name.");
  const dir = join(homePaths(home).uploads, app);
  return {
    dir,
    blobs: join(dir, "blobs"),
    of(id) {
      if (!UPLOAD_ID.test(id)) throw gone(id);
      const own = join(dir, id);
      return { dir: own, parts: join(own, "parts"), archive: join(own, "archive") };
    },
  };
}

export async function createRecord(paths: UploadPaths, record: UploadRecord): Promise<void> {
  const { parts, dir } = paths.of(record.id);
  await mkdir(paths.blobs, { recursive: true, mode: 0o700 });
  await mkdir(parts, { recursive: true, mode: 0o700 });
  await writeWhole(join(dir, LIST), "[]");
  await writeRecord(paths, record);
}

export const writeRecord = (paths: UploadPaths, record: UploadRecord): Promise<void> =>
  writeWhole(join(paths.of(record.id).dir, RECORD), JSON.stringify(record));

/** Rejects with Refusal when there is none of that id. */
export async function readRecord(paths: UploadPaths, id: string): Promise<UploadRecord> {
  const text = await readFile(join(paths.of(id).dir, RECORD), "utf8").catch(() => null);
  if (text === null) throw gone(id);
  return recordSchema.parse(JSON.parse(text));
}

/** A long list is read once, not once per piece. */
const lists = new Map<string, { state: string; list: ListEntry[] }>();
const LISTS = 4;

export async function readList(paths: UploadPaths, id: string): Promise<ListEntry[]> {
  const file = join(paths.of(id).dir, LIST);
  const missing = () => {
    throw gone(id);
  };
  const { mtimeMs, ino, size } = await stat(file).catch(missing);
  const state = [mtimeMs, ino, size].join();
  const known = lists.get(file);
  if (known?.state === state) return known.list;
  const list = z.array(listEntry).parse(JSON.parse(await readFile(file, "utf8").catch(missing)));
  if (lists.size >= LISTS) lists.clear();
  lists.set(file, { state, list });
  return list;
}

export const writeList = (paths: UploadPaths, id: string, list: ListEntry[]): Promise<void> =>
  writeWhole(join(paths.of(id).dir, LIST), JSON.stringify(list));

/** Somebody is at it: puts off its end. */
export async function touch(paths: UploadPaths, id: string): Promise<void> {
  const now = new Date();
  await utimes(join(paths.of(id).dir, RECORD), now, now);
}

export interface FoundUpload {
  id: string;
  /** Null: damaged or not yet written. */
  record: UploadRecord | null;
  /** When somebody was at it last. Epoch milliseconds. */
  touchedAt: number;
}

export async function listUploads(paths: UploadPaths): Promise<FoundUpload[]> {
  const names = await readdir(paths.dir).catch(() => []);
  const found = names
    .filter((name) => UPLOAD_ID.test(name))
    .map(async (id) => {
      const { dir } = paths.of(id);
      const record = await readRecord(paths, id).catch(() => null);
      const about = await stat(record ? join(dir, RECORD) : dir).catch(() => null);
      return { id, record, touchedAt: about?.mtimeMs ?? 0 };
    });
  return Promise.all(found);
}

export const gone = (id: string): Refusal =>
  new Refusal(
    "upload-gone",
    `There is no upload ${id.slice(0, 60)}, or it is over.`,
    "Upload it again; what has not changed since need not travel again.",
  );
