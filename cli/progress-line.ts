/** One line on stderr that is written over, where somebody watches. */
import type { Streams } from "./streams.ts";

const EVERY_MS = 100;

export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

export function progressLine({ stderr }: Streams): ProgressLine {
  if (!stderr.isTTY) return { show() {}, clear() {} };
  let last = 0;
  return {
    show(text) {
      if (performance.now() - last < EVERY_MS) return;
      last = performance.now();
      stderr.write(`\r\x1b[K${text}`);
    },
    clear: () => void stderr.write("\r\x1b[K"),
  };
}
