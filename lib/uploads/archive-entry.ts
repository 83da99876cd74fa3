/** What readers of archives answer, whatever the archive's kind. */
import { Refusal } from "#lib/engine/ports.ts";

/** What an archive holds, one after the other. A file's contents must be read before the next entry is asked for. */
export type ArchiveEntry =
  | { kind: "file"; path: string; executable: boolean; contents: AsyncIterable<Uint8Array> }
  | { kind: "link"; path: string; link: string }
  /** The same file under another name; `target` is an earlier entry's path. */
  | { kind: "twin"; path: string; target: string };

export const notAnArchive = (cause?: unknown): Refusal =>
  new Refusal(
    "not-an-archive",
    "This is no archive, or it is damaged.",
    "Send a .tar.gz, .tar or .zip file of the folder with signalbox.yaml in it.",
    { cause },
  );
