/** Contents by their hash. What is under its name is whole and was checked. */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, rename, rm, stat, statfs, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "#lib/engine/ports.ts";
import { LIMITS, type UploadLimits } from "./limits.ts";

const EMPTY = createHash("sha256").digest("hex");

/** Whether it is there. Says also that it is wanted, so that nobody clears it away. */
export async function haveBlob(blobs: string, sha256: string, size: number): Promise<boolean> {
  const file = join(blobs, sha256);
  if (sha256 === EMPTY) await writeFile(file, "");
  const about = await stat(file).catch(() => null);
  if (about === null) return false;
  if (about.size !== size) throw wrongSize(sha256, size);
  const now = new Date();
  await utimes(file, now, now);
  return true;
}

/** Puts a piece at the end of a growing file unless it begins elsewhere. Returns how much is there then. */
export async function appendPiece(
  file: string,
  piece: { offset: number; bytes: Uint8Array; size: number },
): Promise<number> {
  const handle = await open(file, "a", 0o600);
  try {
    const { size: there } = await handle.stat();
    if (there !== piece.offset) return there;
    if (there + piece.bytes.length > piece.size) {
      throw new Refusal("upload-too-long", "More was sent than was announced.", "Begin the upload again.");
    }
    try {
      await handle.appendFile(piece.bytes);
    } catch (error) {
      // A half piece would be taken for a whole one.
      await handle.truncate(there).catch(() => {});
      throw error;
    }
    return there + piece.bytes.length;
  } finally {
    await handle.close();
  }
}

/** Puts a whole file under the name of its contents. It is removed when they are others. */
export async function shelve(blobs: string, file: string, sha256: string): Promise<void> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file)) hash.update(piece);
  if (hash.digest("hex") === sha256) return rename(file, join(blobs, sha256));
  await rm(file, { force: true });
  throw new Refusal(
    "wrong-contents",
    `What was sent is not what its hash ${sha256.slice(0, 12)}… says.`,
    "Send it again. If the file changes while it is sent, deploy when it is at rest.",
  );
}

/** Keeps what comes, under the hash that it turns out to have. */
export async function keepStream(
  blobs: string,
  contents: AsyncIterable<Uint8Array>,
): Promise<{ size: number; sha256: string }> {
  const half = join(blobs, `.half-${randomBytes(8).toString("hex")}`);
  const handle = await open(half, "wx", 0o600);
  try {
    const hash = createHash("sha256");
    let size = 0;
    for await (const piece of contents) {
      hash.update(piece);
      size += piece.length;
      await handle.write(piece);
    }
    const sha256 = hash.digest("hex");
    await handle.close();
    await rename(half, join(blobs, sha256));
    return { size, sha256 };
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(half, { force: true });
    throw error;
  }
}

export async function blobBytes(blobs: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(blobs).catch(() => [])) {
    bytes += (await stat(join(blobs, name)).catch(() => null))?.size ?? 0;
  }
  return bytes;
}

/** Rejects with Refusal unless so many more bytes of the app fit under its limit and on the disk. */
export async function mustFit(blobs: string, more: number, limits: UploadLimits = LIMITS): Promise<void> {
  const kept = await blobBytes(blobs);
  const mib = (bytes: number) => `${Math.ceil(bytes / 1024 ** 2).toLocaleString("en")} MiB`;
  if (kept + more > limits.appBytes) {
    throw new Refusal(
      "uploads-full",
      `With ${mib(more)} more, the app's uploads would take more than ${mib(limits.appBytes)}.`,
      "Cancel uploads that nobody goes on with; unfinished ones end by themselves a day after their last piece.",
    );
  }
  const { bavail, bsize } = await statfs(blobs);
  if (bavail * bsize - more < limits.diskSpareBytes) {
    throw new Refusal(
      "disk-full",
      `There is no room for ${mib(more)} more: the disk has ${mib(bavail * bsize)} left and keeps ${mib(limits.diskSpareBytes)}.`,
      "Free some space, for example by removing old releases, then try again.",
    );
  }
}

export const wrongSize = (sha256: string, size: number): Refusal =>
  new Refusal(
    "wrong-size",
    `Contents ${sha256.slice(0, 12)}… are said to be ${size} bytes long, and are not.`,
    "Make the list of files again.",
  );
