/** The entries of a zip, as its directory lists them. */
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { Refusal } from "#lib/engine/ports.ts";
import { type ArchiveEntry, notAnArchive } from "./archive-entry.ts";

const KIND = 0o170000;
const FOLDER = 0o040000;
const FILE = 0o100000;
const LINK = 0o120000;
const LINK_BYTES = 4096;

/** Rejects with Refusal when it is damaged, encrypted, or holds what is neither file, folder nor link. */
export async function* readZip(file: string): AsyncGenerator<ArchiveEntry> {
  let zip: ZipFile | null = null;
  try {
    zip = await openPromise(file, { lazyEntries: true, autoClose: false, strictFileNames: true });
    for await (const entry of zip.eachEntry()) {
      const found = await asEntry(zip, entry);
      if (found) yield found;
    }
  } catch (error) {
    throw readable(error);
  } finally {
    zip?.close();
  }
}

async function asEntry(zip: ZipFile, entry: Entry): Promise<ArchiveEntry | null> {
  const path = entry.fileName;
  // The upper half is what Unix systems pack: kind and mode.
  const mode = entry.externalFileAttributes >>> 16;
  const kind = mode & KIND;
  if (path.endsWith("/") || kind === FOLDER) return null;
  if (entry.isEncrypted()) {
    throw new Refusal("archive-encrypted", "The archive is encrypted.", "Pack it without a password.");
  }
  if (kind !== 0 && kind !== FILE && kind !== LINK) {
    throw new Refusal(
      "not-a-file",
      `${JSON.stringify(path.slice(0, 200))} in the archive is no file, folder or link.`,
      "Leave it out: a release has no devices, pipes or sockets.",
    );
  }
  const contents = contentsOf(zip, entry);
  if (kind !== LINK) return { kind: "file", path, executable: (mode & 0o111) !== 0, contents };
  let link = "";
  if (entry.uncompressedSize > LINK_BYTES) throw notAnArchive("a link's text is too long");
  for await (const piece of contents) link += Buffer.from(piece).toString("utf8");
  return { kind: "link", path, link };
}

async function* contentsOf(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  try {
    yield* await zip.openReadStreamPromise(entry);
  } catch (error) {
    throw readable(error);
  }
}

/** The reader's own words for names that lead out; everything else is damage. */
function readable(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || (error as Error).name === "AbortError") return error;
  if (/^(absolute path|invalid relative path|invalid characters in fileName)/.test(message)) {
    return new Refusal(
      "bad-file-name",
      `The archive has a name that leads out of its folder (${message.slice(0, 300)}).`,
      "Pack the folder anew, from the folder itself.",
    );
  }
  return notAnArchive(error);
}
