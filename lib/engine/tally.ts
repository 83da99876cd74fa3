/** What was counted of a slot's visitors over some time. Pure. */

export interface Tally {
  requests: number;
  /** Answered 5xx, or cut off. */
  failed: number;
  /** Of both those whose method may change something. */
  writes: number;
  writesFailed: number;
  /** Times to the first byte: how many fell under each bound and above the one before; the last has no bound. */
  latencies: number[];
}

export const emptyTally = (): Tally => ({
  requests: 0,
  failed: 0,
  writes: 0,
  writesFailed: 0,
  latencies: [],
});

export const addTallies = (a: Tally, b: Tally): Tally => combined(a, b, (x, y) => x + y);

/** What came to a counter since `before`. One that stands lower than it did began anew. */
export const since = (now: Tally, before: Tally): Tally =>
  now.requests < before.requests ? now : combined(now, before, (x, y) => Math.max(0, x - y));

function combined(a: Tally, b: Tally, each: (a: number, b: number) => number): Tally {
  const length = Math.max(a.latencies.length, b.latencies.length);
  return {
    requests: each(a.requests, b.requests),
    failed: each(a.failed, b.failed),
    writes: each(a.writes, b.writes),
    writesFailed: each(a.writesFailed, b.writesFailed),
    latencies: Array.from({ length }, (_, at) => each(a.latencies[at] ?? 0, b.latencies[at] ?? 0)),
  };
}

/** How many answers began, and how many of them later than `bound` (one of `bounds`; beyond them: none). */
export function slowerThan(
  tally: Tally,
  bounds: readonly number[],
  bound: number,
): { of: number; slow: number } {
  const first = bounds.findIndex((each) => each >= bound);
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  return { of: sum(tally.latencies), slow: first < 0 ? 0 : sum(tally.latencies.slice(first + 1)) };
}

/** Milliseconds; spread evenly between two bounds. Null when nothing was answered. */
export function p95(tally: Tally, bounds: readonly number[]): number | null {
  const total = tally.latencies.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = total * 0.95;
  for (const [at, count] of tally.latencies.entries()) {
    const from = at === 0 ? 0 : bounds[at - 1]!;
    if (left <= count) return from + ((bounds[at] ?? from) - from) * (left / count);
    left -= count;
  }
  return bounds.at(-1)!;
}
