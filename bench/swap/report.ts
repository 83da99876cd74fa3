/** What `npm run bench -- swap` found. Milliseconds as visitors measured them, but for the receipts' steps. */
import type { RecipeFigures } from "./recipe.ts";
import { showSize } from "./size.ts";
import type { Spread } from "./stall.ts";

export interface StepFigures {
  name: string;
  medianMs: number;
  worstMs: number;
}

export interface SizeReport {
  /** Of the tables with their indexes, when the first copy began. */
  bytes: number;
  mode: string;
  /** Switches that the figures are of: swaps and rollbacks in turns, without those beside slow requests. */
  swaps: number;
  /** Of each switch its stall: see `stall` in stall.ts. */
  stallMs: Spread;
  /** Of the first swap after a start, and its window's steps: nothing has been compiled, cached or connected before. */
  first: { stallMs: number; steps: StepFigures[] };
  /** The same for all requests from asking for the switch to its run's end: what preparing and tidying up cost. */
  wholeRunStallMs: Spread;
  /** As the receipts tell. */
  windowMs: Spread;
  heldRequests: Spread;
  /** Switches that met uploads of 1.5 s, the requests that ran for long when a hold came, and the slowest of these. */
  besideSlowRequests: { swaps: number; stallMs: Spread; requests: number; slowestMs: number };
  /** The stall less the receipt's `longestWaitMs`; `worst` is the one farthest from 0. */
  clientMinusReceiptMs: { median: number | null; worst: number | null };
  /** In and between the switches: everything that was not answered 2xx, with reasons. */
  failed: number;
  failures: Record<string, number>;
  acknowledged: number;
  unknown: number;
  lost: number;
  doubled: number;
  /** Rows that no write explains. */
  unexplained: number;
  /** What differs between the slots at the end; null: nothing, or nothing that can be asked. */
  sidesDiffer: string | null;
  /** Of the window, from the receipts. */
  steps: StepFigures[];
  /** Beyond what is normal while nothing was switched: what this machine does to a request by itself. */
  quiet: { p99Ms: number | null; worstMs: number | null };
  load: {
    seconds: number;
    requests: number;
    requestsPerSecond: number;
    acknowledgedPerSecond: number;
    /** Of one core. */
    cpuShare: number;
    /** How late the load itself was at worst. */
    lateByMs: number;
  };
  /** Null when the switches did not get so far. */
  recipe: (RecipeFigures & { timesTheStall: number | null }) | null;
  /** Why this is no success; empty if it is one. */
  problems: string[];
}

export interface SwapReport {
  sizes: SizeReport[];
  /** Median stall at the largest size over that at the smallest; null with one size. */
  flatness: number | null;
}

export function flatnessOf(sizes: readonly SizeReport[]): number | null {
  const sorted = [...sizes].sort((a, b) => a.bytes - b.bytes);
  const [smallest, largest] = [sorted[0]?.stallMs.median, sorted.at(-1)?.stallMs.median];
  if (sorted.length < 2 || !smallest || largest == null) return null;
  return Math.round((largest / smallest) * 100) / 100;
}

const show = ({ median, p99, worst }: Spread) => `median ${median}, p99 ${p99}, worst ${worst} ms`;

export function printReport({ sizes, flatness }: SwapReport): void {
  for (const size of sizes) printSize(size);
  if (flatness !== null) console.log(`\nlargest to smallest, median stall: ${flatness}`);
}

function printSize(size: SizeReport): void {
  const { besideSlowRequests: slow, clientMinusReceiptMs: receipt, load, recipe, quiet } = size;
  console.log(`
${showSize(size.bytes)}, ${size.mode}: ${size.swaps} switches under ${load.requestsPerSecond} requests and ${load.acknowledgedPerSecond} acknowledged writes a second
  stall              ${show(size.stallMs)}
  the first of them  ${size.first.stallMs} ms
  in the whole run   ${show(size.wholeRunStallMs)}
  beside slow ones   ${show(slow.stallMs)} (${slow.swaps} switches; ${slow.requests} requests ran for long, ${slow.slowestMs} ms the slowest)
  nothing switched   p99 ${quiet.p99Ms}, worst ${quiet.worstMs} ms beyond normal
  to the receipt     median ${receipt.median}, worst ${receipt.worst} ms
  failed             ${size.failed} of ${load.requests} requests ${size.failed > 0 ? JSON.stringify(size.failures) : ""}
  writes             ${size.acknowledged} acknowledged, ${size.lost} lost, ${size.doubled} doubled, ${size.unknown} unknown, ${size.unexplained} unexplained
  the load itself    ${Math.round(load.cpuShare * 100)} % of a core, late by ${load.lateByMs} ms at most
  window             ${show(size.windowMs)}`);
  for (const { name, medianMs, worstMs } of size.steps)
    console.log(
      `    ${name.padEnd(24)} ${String(medianMs).padStart(8)} ${String(worstMs).padStart(8)} ms at worst`,
    );
  if (recipe)
    console.log(
      `  the recipe         ${recipe.stallMs} ms (${recipe.timesTheStall} times the median stall), ${recipe.failed} requests failed: ` +
        recipe.steps.map(({ name, ms }) => `${name} ${ms} ms`).join(", "),
    );
  for (const problem of size.problems) console.log(`  WRONG: ${problem}`);
}
