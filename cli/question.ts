import { createInterface } from "node:readline/promises";
import type { Streams } from "./streams.ts";

/** Anything but y or yes is no. */
export async function askYesNo({ stdin, stderr }: Streams, question: string): Promise<boolean> {
  const prompt = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}
