/** What a switch cost its visitors, from what they saw and when it held them. Pure; all times are milliseconds. */
import { median } from "../gateway/median.ts";
import type { Range, Sample } from "../load/samples.ts";

/** A request that was due this long before a hold and is not answered yet was slow before the hold came. */
export const LEAD_MS = 100;
/** What the release lets go at once crowds the new slot for a while: that wait is the switch's too. */
export const TRAIL_MS = 1_000;

export type Visit = Pick<Sample, "kind" | "due" | "done" | "ending">;

/** From when a switch began to hold to when it had released, as its run recorded it. Epoch milliseconds. */
export type Hold = Range;

/** The requests that a hold's stall is measured on. */
const within = (hold: Hold): Range => ({ from: hold.from - LEAD_MS, to: hold.to + TRAIL_MS });

/** What each kind of request takes when nothing is switched: the median of those that no range touches. */
export function normalLatencies(visits: readonly Visit[], ranges: readonly Range[]): Map<string, number> {
  const byKind = new Map<string, number[]>();
  for (const visit of outside(visits, ranges)) {
    if (visit.ending !== "ok") continue;
    const kind = visit.kind ?? "";
    const waits = byKind.get(kind) ?? [];
    waits.push(visit.done! - visit.due);
    byKind.set(kind, waits);
  }
  return new Map([...byKind].map(([kind, waits]) => [kind, median(waits)]));
}

/** The requests of which no moment lies in any of the ranges. */
export function outside(visits: readonly Visit[], ranges: readonly Range[]): Visit[] {
  return visits.filter(
    (visit) =>
      visit.done !== null && !ranges.some((range) => visit.due < range.to && visit.done! > range.from),
  );
}

/**
 * The longest time beyond its normal latency until a request was served that was due from 100 ms before the hold to
 * 1 s after the release. It counts from when the request was due by the load's schedule, not from when it was sent,
 * so that a stall is seen whole by everybody who would have come during it. `normal` is the median of the same kind
 * of request while nothing is switched. A request that failed counts until the first success of anybody who was due
 * later: until a visitor who goes on asking is served. What was due more than 100 ms before the hold and still ran
 * then is not in it: see `runningAtHold`.
 */
export const stall = (visits: readonly Visit[], hold: Hold, normal: Map<string, number>): number =>
  longestUntilServed(visits, within(hold), normal);

/** The same for requests that were due at any moment of the range. */
export function longestUntilServed(
  visits: readonly Visit[],
  { from, to }: Range,
  normal: Map<string, number>,
): number {
  const later = visits.filter((visit) => visit.due >= from).sort((a, b) => b.due - a.due);
  let worst = 0;
  // Going back in time, so that the first success among those due later is known.
  let servedAt = Number.POSITIVE_INFINITY;
  for (const visit of later) {
    const ok = visit.ending === "ok";
    if (ok) servedAt = Math.min(servedAt, visit.done!);
    if (visit.due > to) continue;
    const wait = (ok ? visit.done! : servedAt) - visit.due;
    worst = Math.max(worst, wait - (normal.get(visit.kind ?? "") ?? 0));
  }
  return worst;
}

/** The requests that had been running for more than 100 ms when the hold came: a class of their own. */
export const runningAtHold = (visits: readonly Visit[], hold: Hold): Visit[] =>
  visits.filter(({ due, done }) => due < hold.from - LEAD_MS && (done === null || done > hold.from));

/** Nearest rank: with fewer than a hundred values `p99` is the worst. Of none all are null. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) return { median: null, p99: null, worst: null };
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: tenths(median(sorted)),
    p99: tenths(sorted[Math.ceil(0.99 * sorted.length) - 1]!),
    worst: tenths(sorted.at(-1)!),
  };
}

export interface Spread {
  median: number | null;
  p99: number | null;
  worst: number | null;
}

export const tenths = (ms: number): number => Math.round(ms * 10) / 10;
