/** Choices that the same seed makes again. Each purpose has a sequence of its own, so that none shifts another's. */
import { createHash } from "node:crypto";

export interface Chance {
  /** 0 ≤ n < 1. */
  next(): number;
  /** Rejects nothing: of an empty list it is undefined. */
  pick<T>(items: readonly T[]): T | undefined;
  shuffled<T>(items: readonly T[]): T[];
}

export function chance(seed: string, purpose: string): Chance {
  let state = createHash("sha256").update(`${seed} ${purpose}`).digest().readUInt32LE();
  // Mulberry32.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    pick: (items) => items[Math.floor(next() * items.length)],
    shuffled(items) {
      const left = [...items];
      for (let last = left.length - 1; last > 0; last--) {
        const other = Math.floor(next() * (last + 1));
        [left[last], left[other]] = [left[other]!, left[last]!];
      }
      return left;
    },
  };
}
