/** Sends what of a folder is not there yet, in pieces, and goes on after a lost connection. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { isLink, type ListEntry } from "#lib/uploads/file-list.ts";
import { LIMITS } from "#lib/uploads/limits.ts";
import { Refused } from "./door.ts";
import type { PackedFolder } from "./pack-folder.ts";
import { progressLine } from "./progress-line.ts";
import type { Session } from "./session.ts";
import { note } from "./streams.ts";

const LIST_BYTES = 3 * 1024 * 1024;
const AT_ONCE = 4;
const TRIES = 6;
const FIRST_PAUSE_MS = 500;
/** Lost again by the time it was complete: cleared away, or a file that changed while it was sent. */
const ROUNDS = 3;

/** Answers the upload's id, ready to be deployed. */
export async function sendUpload(session: Session, app: string, packed: PackedFolder): Promise<string> {
  const { door, streams } = session;
  const [first = [], ...rest] = inRequests(packed.files);
  let upload = await patiently(() => door.beginUpload(app, first));
  for (const files of rest) upload = await patiently(() => door.addUploadFiles(app, upload.id, files));
  const byHash = new Map(
    packed.files.flatMap((entry) => (isLink(entry) ? [] : [[entry.sha256, entry] as const])),
  );
  const wanted = upload.missing.reduce((sum, sha256) => sum + (byHash.get(sha256)?.size ?? 0), 0);
  const newOnes = upload.missing.length;
  const line = progressLine(streams);
  let sent = 0;
  for (let round = 1; ; round += 1) {
    const { id, missing, received } = upload;
    await inParallel(missing, async (sha256) => {
      const { path, size } = byHash.get(sha256)!;
      const file = await open(join(packed.folder, path), "r");
      try {
        let offset = received[sha256] ?? 0;
        do {
          const buffer = Buffer.alloc(Math.min(LIMITS.pieceBytes, size - offset));
          const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
          if (bytesRead < buffer.length) throw changed(path);
          const piece = { offset, bytes: buffer };
          const answer = await patiently(() => door.putUploadBlob(app, id, sha256, piece));
          sent += Math.max(0, answer.received - offset);
          offset = answer.received;
          line.show(`sending ${megabytes(sent)} of ${megabytes(wanted)}`);
        } while (offset < size);
      } catch (error) {
        throw error instanceof Refused && error.findings.some(({ code }) => code === "wrong-contents")
          ? changed(path)
          : error;
      } finally {
        await file.close();
      }
    }).finally(() => line.clear());
    upload = await patiently(() => door.getUpload(app, id));
    if (upload.missing.length === 0 || round === ROUNDS) break;
  }
  const done = await patiently(() => door.completeUpload(app, upload.id));
  note(
    streams,
    `sent ${newOnes} of ${packed.files.length} files, ${megabytes(wanted)} of ${megabytes(packed.bytes)}`,
  );
  return done.id;
}

/** The list in parts that a request can carry. */
function inRequests(files: ListEntry[]): ListEntry[][] {
  const parts: ListEntry[][] = [];
  let part: ListEntry[] = [];
  let bytes = 0;
  for (const entry of files) {
    const size = JSON.stringify(entry).length + 1;
    if (part.length >= LIMITS.filesPerRequest || bytes + size > LIST_BYTES) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(entry);
    bytes += size;
  }
  return [...parts, part];
}

async function inParallel<T>(items: T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Again after a pause while nobody answers: every request of an upload can be made twice. */
async function patiently<T>(request: () => Promise<T>): Promise<T> {
  for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt += 1, pause *= 2) {
    try {
      return await request();
    } catch (error) {
      const away = error instanceof Refused && ["unreachable", "unavailable"].includes(error.code);
      if (!away || attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

const changed = (path: string) =>
  new Refused("file-changed", `${path} changed while it was sent.`, {
    remedy: "Deploy again when it is at rest.",
  });

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1)} MB`;
