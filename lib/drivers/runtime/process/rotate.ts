/** Keeps log files small while their writers hold them open. */
import { copyFile, rename, stat, truncate } from "node:fs/promises";
import { ifMissing } from "./state.ts";

export interface RotationOptions {
  /** A file that has grown beyond this is rotated. Bytes. */
  logBytes: number;
  /** Files kept, the current one counted. */
  logFiles: number;
}

/**
 * Copies a file that has grown too large to `<file>.1` and empties it: its writer holds it open for appending and
 * goes on at the new end. What is written in the instant between the copy and the cut is lost.
 */
export async function rotate(file: string, { logBytes, logFiles }: RotationOptions): Promise<void> {
  const size = await stat(file).then(({ size }) => size, ifMissing(0));
  if (size <= logBytes) return;
  for (let number = logFiles - 2; number >= 1; number--) {
    await rename(`${file}.${number}`, `${file}.${number + 1}`).catch(ifMissing(undefined));
  }
  if (logFiles > 1) {
    // By a name of its own first: a reader takes a new `.1` as complete.
    await copyFile(file, `${file}.next`);
    await rename(`${file}.next`, `${file}.1`);
  }
  await truncate(file, 0);
}
