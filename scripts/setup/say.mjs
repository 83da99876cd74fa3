import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

export const REPOSITORY = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** One plain sentence of progress. */
export const say = (line) => process.stderr.write(`${line}\n`);

/** Ends the command with a sentence instead of a stack. */
export class Stop extends Error {
  constructor(message, code = 1) {
    super(message);
    this.code = code;
  }
}

export const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(0)} s`;
