/** Keeps log files small while their writers hold them open. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { copyFile, rename, stat } from "node:fs/promises";
import { ifMissing } from "./state.ts";

export interface RotationOptions {
  /** A file that has grown beyond this is rotated. Bytes. */
  logBytes: number;
  /** Files kept, the current one counted. */
  logFiles: number;
}

const PIECE = 64 * 1024;

/**
 * Copies a file that has grown too large to `<file>.1` and empties it: its writer holds it open for appending and
 * goes on at the new end. What is written in the microseconds between the last look and the cut is lost.
 */
export async function rotate(file: string, { logBytes, logFiles }: RotationOptions): Promise<void> {
  const size = await stat(file).then(({ size }) => size, ifMissing(0));
  if (size <= logBytes) return;
  for (let number = logFiles - 2; number >= 1; number--) {
    await rename(`${file}.${number}`, `${file}.${number + 1}`).catch(ifMissing(undefined));
  }
  if (logFiles > 1) await copyFile(file, `${file}.next`);
  cut(file, logFiles > 1);
}

/** Synchronous: whatever came between the copy and the cut would be lost, also what the event loop lets in. */
function cut(file: string, keep: boolean): void {
  const current = openSync(file, "r+");
  try {
    if (keep) {
      const copy = openSync(`${file}.next`, "a");
      try {
        // By a name of its own until here: a reader takes a new `.1` as complete.
        renameSync(`${file}.next`, `${file}.1`);
        appendRest(current, copy);
      } finally {
        closeSync(copy);
      }
    }
    ftruncateSync(current, 0);
  } finally {
    closeSync(current);
  }
}

/** What was written since the copy was made. */
function appendRest(from: number, to: number): void {
  const piece = Buffer.alloc(PIECE);
  for (let offset = fstatSync(to).size; ; ) {
    const length = readSync(from, piece, 0, PIECE, offset);
    if (length === 0) return;
    writeSync(to, piece, 0, length);
    offset += length;
  }
}
