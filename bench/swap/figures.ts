/** The figures of one size from what its visitors saw and what its runs recorded. Pure. */
import type { RunView } from "#lib/operations/views.ts";
import { median } from "../gateway/median.ts";
import type { Verdict } from "../ledger/verify.ts";
import type { SizeReport, StepFigures } from "./report.ts";
import {
  longestUntilServed,
  normalLatencies,
  outside,
  runningAtHold,
  spread,
  stall,
  tenths,
} from "./stall.ts";
import { SLOW, type Switched } from "./switches.ts";
import type { Seen } from "./visitors.ts";

export type SwitchFigures = Omit<SizeReport, "bytes" | "mode" | "recipe" | "problems" | "sidesDiffer">;

export function figuresOf(seen: Seen, switches: readonly Switched[], verdict: Verdict): SwitchFigures {
  const { visits, report, cpuShare } = seen;
  const ranges = switches.map(({ range }) => range);
  // Slow ones come beside switches only, and take by themselves what they were told to.
  const normal = normalLatencies(visits, ranges).set(SLOW.kind, SLOW.ms);
  const stalls = switches.map(({ hold }) => stall(visits, hold, normal));
  const plain = switches.flatMap(({ slow }, index) => (slow ? [] : [index]));
  const slow = switches.flatMap((one, index) => (one.slow ? [index] : []));
  const of = (indices: number[]) => spread(indices.map((index) => stalls[index]!));
  const long = switches.flatMap(({ hold }) => runningAtHold(visits, hold));
  const told = plain.map((index) => stalls[index]! - (switches[index]!.run.receipt?.longestWaitMs ?? 0));
  const quiet = spread(
    outside(visits, ranges).map((visit) => visit.done! - visit.due - (normal.get(visit.kind ?? "") ?? 0)),
  );
  const { acknowledged, unknown, lost, doubled, unexplained } = verdict;
  return {
    swaps: plain.length,
    stallMs: of(plain),
    first: {
      stallMs: tenths(stalls[plain[0]!] ?? Number.NaN),
      steps: stepFigures(plain.slice(0, 1).map((index) => switches[index]!.run)),
    },
    wholeRunStallMs: spread(plain.map((index) => longestUntilServed(visits, ranges[index]!, normal))),
    windowMs: spread(plain.map((index) => switches[index]!.run.receipt?.windowMs ?? Number.NaN)),
    heldRequests: spread(plain.map((index) => switches[index]!.run.receipt?.requestsHeld ?? 0)),
    besideSlowRequests: {
      swaps: slow.length,
      stallMs: of(slow),
      requests: long.length,
      slowestMs: tenths(Math.max(0, ...long.map(({ due, done }) => (done ?? due) - due))),
    },
    clientMinusReceiptMs: {
      median: told.length === 0 ? null : tenths(median(told)),
      worst: told.length === 0 ? null : tenths(told.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a))),
    },
    failed: report.requests.failed,
    failures: report.failures,
    acknowledged,
    unknown,
    lost,
    doubled,
    unexplained,
    steps: stepFigures(plain.map((index) => switches[index]!.run)),
    quiet: { p99Ms: quiet.p99, worstMs: quiet.worst },
    load: {
      seconds: Math.round(report.seconds),
      requests: report.requests.total,
      requestsPerSecond: tenths(report.requests.total / report.seconds),
      acknowledgedPerSecond: tenths(acknowledged / report.seconds),
      cpuShare: Math.round(cpuShare * 100) / 100,
      lateByMs: tenths(report.generatorLagMaxMs),
    },
  };
}

/** What no step accounts for: the commit, and writing down what was done. */
const BETWEEN = "between the steps";

/** The parts of a step that go side by side, with theirs: how deep, and how long each took. */
function partsOf(detail: RunView["steps"][number]["detail"], depth = 1): { name: string; ms: number }[] {
  const parts = (detail as { parts?: Record<string, { ms: number }> } | null)?.parts ?? {};
  return Object.entries(parts).flatMap(([name, part]) => [
    { name: `${"· ".repeat(depth)}${name}`, ms: part.ms },
    ...partsOf(part, depth + 1),
  ]);
}

/**
 * From hold to release; slots are named by which one the switch leaves. A step that only some runs have stands where
 * these have it.
 */
export function stepFigures(runs: readonly RunView[]): StepFigures[] {
  const order: string[] = [];
  const times = new Map<string, number[]>([[BETWEEN, []]]);
  for (const { steps, receipt } of runs) {
    const [first, last] = ["hold", "release"].map((name) => steps.findIndex((step) => step.name === name));
    const inWindow = steps.slice(first, last! + 1).map(({ name }) => name);
    const own = receipt?.steps.filter(({ name }) => inWindow.includes(name)) ?? [];
    let at = -1;
    const withParts = own.flatMap((step) => [
      step,
      ...partsOf(steps.find(({ name }) => name === step.name)?.detail ?? null),
    ]);
    for (const { name: full, ms } of withParts) {
      const name = slotless(full, receipt?.from ?? null);
      if (!order.includes(name)) order.splice(at + 1, 0, name);
      at = order.indexOf(name);
      times.set(name, [...(times.get(name) ?? []), ms]);
    }
    times.get(BETWEEN)!.push((receipt?.windowMs ?? 0) - own.reduce((sum, { ms }) => sum + ms, 0));
  }
  return [...order, BETWEEN].map((name) => ({
    name,
    medianMs: tenths(median(times.get(name)!)),
    worstMs: tenths(Math.max(0, ...times.get(name)!)),
  }));
}

const slotless = (name: string, from: string | null): string =>
  name.replace(/\b(blue|green)\b/g, (slot) => (slot === from ? "old" : "new"));
