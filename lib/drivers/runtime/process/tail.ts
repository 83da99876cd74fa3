/** Reads one process's log: the last lines of its files, then what is added, across rotations. */
import { open, stat } from "node:fs/promises";
import type { LogLine } from "#lib/engine/ports.ts";
import { lineSplitter } from "./lines.ts";
import { ifMissing } from "./state.ts";

const PIECE = 64 * 1024;
/** How far back it looks for lines, whatever their number. */
const LONGEST_LOOK = 32 * 1024 * 1024;

export class LogTail {
  readonly #file: string;
  readonly #process: string;
  #lines = lineSplitter();
  #offset = 0;
  /** Which file was `.1` when `#offset` was true. */
  #previous: string | null = null;

  constructor(file: string, process: string) {
    this.#file = file;
    this.#process = process;
  }

  /** The last `count` lines, oldest first. Their time is when their file was last written to: no line has its own. */
  async *history(count: number, last: boolean): AsyncGenerator<LogLine> {
    this.#previous = (await look(`${this.#file}.1`))?.id ?? null;
    const parts: { path: string; from: number; to: number; at: Date }[] = [];
    let wanted = count;
    for (let number = 0; wanted > 0 || number === 0; number++) {
      const path = number === 0 ? this.#file : `${this.#file}.${number}`;
      const found = await look(path);
      if (!found) break;
      const start = await lastLines(path, found.size, wanted);
      parts.unshift({ path, from: start.offset, to: found.size, at: found.at });
      wanted -= start.lines;
      if (number === 0) this.#offset = found.size;
    }
    for (const { path, from, to, at } of parts) yield* this.#read(path, from, to, at);
    if (last) for (const line of this.#lines.end()) yield { at: new Date(), process: this.#process, line };
  }

  /** What was added since. */
  async *added(): AsyncGenerator<LogLine> {
    const { current, previous } = await this.#lookAtBoth();
    if (previous && previous.id !== this.#previous) {
      const from = Math.min(this.#offset, previous.size);
      this.#previous = previous.id;
      this.#offset = 0;
      yield* this.#read(`${this.#file}.1`, from, previous.size);
      // While that was read the current file may have been rotated too: look again.
      return;
    }
    if (!current) return;
    if (current.size < this.#offset) this.#offset = 0;
    yield* this.#read(this.#file, this.#offset, current.size, undefined, (offset) => {
      this.#offset = offset;
    });
  }

  /** Both of one moment: a rotation between two looks would make one of them a lie about the other. */
  async #lookAtBoth() {
    for (let before = await look(`${this.#file}.1`); ; ) {
      const current = await look(this.#file);
      const previous = await look(`${this.#file}.1`);
      if (previous?.id === before?.id) return { current, previous };
      before = previous;
    }
  }

  /** `reached` hears how far it came, which is less than `to` when the file is cut meanwhile. */
  async *#read(
    path: string,
    from: number,
    to: number,
    at?: Date,
    reached: (offset: number) => void = () => {},
  ): AsyncGenerator<LogLine> {
    if (from >= to) return;
    const handle = await open(path, "r").catch(ifMissing(null));
    if (!handle) return;
    try {
      const buffer = Buffer.alloc(Math.min(PIECE, to - from));
      for (let offset = from; offset < to; ) {
        const length = Math.min(buffer.length, to - offset);
        const { bytesRead } = await handle.read(buffer, 0, length, offset);
        if (bytesRead === 0) return;
        offset += bytesRead;
        reached(offset);
        for (const line of this.#lines.push(buffer.subarray(0, bytesRead))) {
          yield { at: at ?? new Date(), process: this.#process, line };
        }
      }
    } finally {
      await handle.close();
    }
  }
}

const look = (path: string) =>
  stat(path).then(
    ({ size, mtime, ino, mtimeMs }) => ({ size, at: mtime, id: `${ino}:${mtimeMs}` }),
    ifMissing(null),
  );

/** Where the last `wanted` lines of a file begin, and how many of them there are. */
async function lastLines(
  path: string,
  size: number,
  wanted: number,
): Promise<{ offset: number; lines: number }> {
  if (wanted <= 0 || size === 0) return { offset: size, lines: 0 };
  const handle = await open(path, "r");
  try {
    const buffer = Buffer.alloc(PIECE);
    let lines = 0;
    for (let end = size; end > 0 && size - end < LONGEST_LOOK; ) {
      const start = Math.max(0, end - PIECE);
      const { bytesRead } = await handle.read(buffer, 0, end - start, start);
      for (let index = bytesRead - 1; index >= 0; index--) {
        // The file's last line feed ends a line, the others begin one.
        if (buffer[index] !== 10 || start + index === size - 1) continue;
        lines += 1;
        if (lines === wanted) return { offset: start + index + 1, lines };
      }
      end = start;
      if (end === 0) return { offset: 0, lines: lines + 1 };
    }
    return { offset: Math.max(0, size - LONGEST_LOOK), lines };
  } finally {
    await handle.close();
  }
}
