/** Bytes to lines, whatever the bytes: binary, endless lines, characters cut in two. */
import { stripVTControlCharacters } from "node:util";

/** Longer lines lose their rest. */
export const MAX_LINE_BYTES = 8192;

export interface LineSplitter {
  /** Complete lines that end in this piece. */
  push(bytes: Uint8Array): string[];
  /** The last line, if it had no line feed. */
  end(): string[];
}

/** Memory stays below MAX_LINE_BYTES beside the pieces given. */
export function lineSplitter(): LineSplitter {
  let begun: Buffer[] = [];
  let length = 0;
  let cut = false;

  const append = (piece: Uint8Array) => {
    const room = MAX_LINE_BYTES - length;
    if (piece.length > room) cut = true;
    // Copied: the caller may use its buffer again.
    const kept = Buffer.from(piece.subarray(0, Math.max(0, room)));
    begun.push(kept);
    length += kept.length;
  };
  const take = (): string => {
    const line = readable(Buffer.concat(begun)) + (cut ? " …" : "");
    begun = [];
    length = 0;
    cut = false;
    return line;
  };

  return {
    push(bytes) {
      const lines: string[] = [];
      let from = 0;
      for (let feed = bytes.indexOf(10); feed !== -1; feed = bytes.indexOf(10, from)) {
        append(bytes.subarray(from, feed));
        lines.push(take());
        from = feed + 1;
      }
      if (from < bytes.length) append(bytes.subarray(from));
      return lines;
    },
    end: () => (length > 0 ? [take()] : []),
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** Colours and cursor movements go, other control characters are made visible: a log must not drive a terminal. */
const readable = (bytes: Buffer): string =>
  stripVTControlCharacters(bytes.toString("utf8").replace(/\r$/, "")).replace(CONTROLS, "\ufffd");
