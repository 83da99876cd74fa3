/** For tests of the watch: visitors by chance, the same for the same seed. */
import { addTallies, emptyTally, type Tally } from "../tally.ts";

export interface Visitors {
  /** Requests between two looks; three in ten are writes. */
  perLook: number;
  /** Share of all that fail. */
  fails: number;
  /** Share of the writes that fail besides. */
  writesFail?: number;
}

const LOOKS = 300;
/** Looks of the last minute. */
const RECENT = 30;
const LEAST = 50;
const BOUNDS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

/** From 0 to 1, by mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const chance = (random: () => number, share: number): boolean => random() < share;

/** What they meet between two looks. Answers take 120 ms in the middle, log-normal with a deviation of 1. */
export function met({ perLook, fails, writesFail = 0 }: Visitors, random: () => number): Tally {
  const tally = { ...emptyTally(), latencies: new Array<number>(BOUNDS.length + 1).fill(0) };
  for (let at = 0; at < perLook; at++) {
    const write = chance(random, 0.3);
    const failed = chance(random, fails) || (write && chance(random, writesFail));
    tally.requests += 1;
    if (write) tally.writes += 1;
    if (failed) tally.failed += 1;
    if (write && failed) tally.writesFailed += 1;
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const place = BOUNDS.findIndex((bound) => 120 * Math.exp(normal) <= bound);
    tally.latencies[place < 0 ? BOUNDS.length : place]! += 1;
  }
  return tally;
}

/** Five minutes before, ten after; what had come when it was first said to be bad, or null. */
export function watchThrough({
  before,
  after,
  seed,
  verdict,
}: {
  before: Visitors;
  after: Visitors;
  seed: number;
  verdict(before: Tally, after: Tally): string | null;
}): Tally | null {
  const random = seeded(seed);
  let usual = emptyTally();
  for (let look = 0; look < LOOKS / 2; look++) usual = addTallies(usual, met(before, random));
  const came: Tally[] = [];
  let all = emptyTally();
  let recent = emptyTally();
  let from = 0;
  for (let look = 0; look < LOOKS; look++) {
    const one = met(after, random);
    came.push(one);
    all = addTallies(all, one);
    recent = addTallies(recent, one);
    while (came.length - from > RECENT && recent.requests - came[from]!.requests >= LEAST) {
      recent = less(recent, came[from++]!);
    }
    if (verdict(usual, recent) === "bad") return all;
  }
  return null;
}

const less = (a: Tally, b: Tally): Tally => ({
  requests: a.requests - b.requests,
  failed: a.failed - b.failed,
  writes: a.writes - b.writes,
  writesFailed: a.writesFailed - b.writesFailed,
  latencies: a.latencies.map((count, at) => count - b.latencies[at]!),
});
