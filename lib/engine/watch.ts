/**
 * After a swap: are visitors worse off than before it? Judged from what was counted before the window and since its
 * end. The rule, where it comes from and how often it errs: docs/decisions/watch.md.
 */
import { lowerBound, upperBound } from "./proportion.ts";
import { p95, slowerThan, type Tally } from "./tally.ts";

export interface WatchLimits {
  /** Fewer say nothing, before as after. */
  minRequests: number;
  /** Fewer failures of a hundred are never bad. */
  errorPercent: number;
  /** So many times the share that failed before is bad. */
  errorRatio: number;
  /** So many times the p95 from before is bad. */
  p95Ratio: number;
  /** A p95 below it is never bad. Milliseconds. */
  p95FloorMs: number;
}

export interface Judgement {
  /** `worse`: surely, but within the limits, or with nothing to compare to. Null: too little was counted to say. */
  verdict: "calm" | "worse" | "bad" | null;
  reasons: string[];
}

/** Of the bounds on what is counted now: one look in some thousands errs, as there are hundreds in a watch. */
const SURE = 3.5;
/** Of the bounds on what was counted before: one in twenty. */
const LIKELY = 1.645;
/** Of errorPercent: from there on a share that is surely higher than before is worth telling. */
const WORTH_TELLING = 0.1;
const SLOWEST_SHARE = 0.05;

type Level = "worse" | "bad";
interface Reason {
  level: Level;
  what: string;
}

/** `bounds`: of the tallies' latencies, milliseconds, rising. */
export function judge(
  before: Tally,
  after: Tally,
  limits: WatchLimits,
  bounds: readonly number[],
): Judgement {
  if (after.requests < limits.minRequests) return { verdict: null, reasons: [] };
  const found = [
    errors("requests", [before.requests, before.failed], [after.requests, after.failed], limits),
    errors("writes", [before.writes, before.writesFailed], [after.writes, after.writesFailed], limits),
    slowness(before, after, limits, bounds),
  ].filter((reason) => reason !== null);
  const verdict = found.some(({ level }) => level === "bad") ? "bad" : found.length > 0 ? "worse" : "calm";
  return { verdict, reasons: found.map(({ what }) => what) };
}

/** A share is surely too high when even its lower bound is above what was likely before, times the ratio. */
function errors(
  what: string,
  [usualOf, usualFailed]: [number, number],
  [of, failed]: [number, number],
  { minRequests, errorPercent, errorRatio }: WatchLimits,
): Reason | null {
  if (of < minRequests) return null;
  const floor = errorPercent / 100;
  const least = lowerBound(failed, of, SURE);
  const now = `${failed} of ${of} ${what} failed (${percent(failed / of)})`;
  if (usualOf < minRequests) {
    if (least <= floor) return null;
    return { level: "worse", what: `${now}; before the swap there were too few to compare.` };
  }
  const usual = upperBound(usualFailed, usualOf, LIKELY);
  const told = `${now}; before the swap ${usualFailed} of ${usualOf} did (${percent(usualFailed / usualOf)}).`;
  if (least > Math.max(floor, errorRatio * usual)) return { level: "bad", what: told };
  return least > Math.max(floor * WORTH_TELLING, usual) ? { level: "worse", what: told } : null;
}

/** The p95 is surely beyond a time when surely more than a twentieth took longer. */
function slowness(
  before: Tally,
  after: Tally,
  { minRequests, p95Ratio, p95FloorMs }: WatchLimits,
  bounds: readonly number[],
): Reason | null {
  const [usual, now] = [p95(before, bounds), p95(after, bounds)];
  if (usual === null || now === null || slowerThan(before, bounds, 0).of < minRequests) return null;
  const beyond = (ratio: number): boolean => {
    const bound = bounds.find((each) => each >= Math.max(p95FloorMs, usual * ratio));
    if (bound === undefined) return false;
    const { of, slow } = slowerThan(after, bounds, bound);
    return of >= minRequests && lowerBound(slow, of, SURE) > SLOWEST_SHARE;
  };
  const what = `The p95 is ${ms(now)}; before the swap it was ${ms(usual)}.`;
  if (beyond(p95Ratio)) return { level: "bad", what };
  return beyond(Math.sqrt(p95Ratio)) ? { level: "worse", what } : null;
}

const percent = (share: number): string => {
  const value = share * 100;
  return `${value > 0 && value < 9.95 ? value.toFixed(value < 0.095 ? 2 : 1) : Math.round(value)} %`;
};

const ms = (value: number): string => (value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`);
