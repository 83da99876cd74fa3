/** The entries of a tar, as they come. */
import { Parser, type ReadEntry } from "tar";
import { Refusal } from "#lib/engine/ports.ts";
import { type ArchiveEntry, notAnArchive } from "./archive-entry.ts";

const FILES = new Set(["File", "OldFile", "ContiguousFile"]);

/** Rejects with Refusal when it is damaged, or holds what is neither file, folder nor link. */
export async function* readTar(source: {
  plain: AsyncIterable<Uint8Array>;
  stop(): void;
}): AsyncGenerator<ArchiveEntry> {
  const ready: (ReadEntry | null)[] = [];
  let current: ReadEntry | null = null;
  let damage: Error | null = null;
  let wake = () => {};
  const parser = new Parser({
    gzip: false,
    onReadEntry: (entry: ReadEntry) => {
      // Read or not, it must not bring the process down.
      entry.on("error", () => {});
      ready.push(entry);
      wake();
    },
    onwarn: (_code: string, message: string | Error) => {
      damage ??= notAnArchive(message);
      wake();
    },
  });
  parser.on("ignoredEntry", (entry: ReadEntry) => {
    if (!entry.meta) damage ??= refusedKind(entry);
  });
  void feed(parser, source.plain)
    .catch((error) => {
      damage ??= error instanceof Refusal ? error : notAnArchive(error);
      // Its rest will never come, and somebody may be waiting for it.
      current?.destroy(damage);
    })
    .finally(() => {
      ready.push(null);
      wake();
    });
  try {
    for (;;) {
      const entry = ready.shift();
      if (damage) throw damage;
      if (entry === null) return;
      if (entry === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      current = entry;
      const found = asEntry(entry);
      if (found) yield found;
      // What the caller left unread stands in the parser's way.
      entry.resume();
    }
  } finally {
    source.stop();
    wake();
    ready.length = 0;
  }
}

async function feed(parser: Parser, plain: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of plain) {
    if (!parser.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))) {
      await new Promise<void>((resolve) => void parser.once("drain", () => resolve()));
    }
  }
  const ended = new Promise<void>((resolve) => void parser.once("end", () => resolve()));
  parser.end();
  await ended;
}

function asEntry(entry: ReadEntry): ArchiveEntry | null {
  const { type, path, linkpath = "", mode = 0 } = entry;
  if (type === "Directory" || type === "GNUDumpDir") return null;
  if (FILES.has(type)) {
    return { kind: "file", path, executable: (mode & 0o111) !== 0, contents: entry };
  }
  if (type === "SymbolicLink") return { kind: "link", path, link: linkpath };
  if (type === "Link") return { kind: "twin", path, target: linkpath };
  throw refusedKind(entry);
}

const refusedKind = ({ path, type }: ReadEntry) =>
  new Refusal(
    "not-a-file",
    `${JSON.stringify(path.slice(0, 200))} in the archive is no file, folder or link (${type}).`,
    "Leave it out: a release has no devices, pipes or sockets.",
  );
