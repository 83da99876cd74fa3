/** Sums up: what was seen and found, as the report has it. */
import type { Matrix } from "./cells.ts";
import type { Field } from "./field.ts";
import { failuresOf } from "./recovery.ts";
import type { TortureReport } from "./report.ts";
import type { Findings } from "./verdict.ts";
import { LIMIT_MS, VICTIMS } from "./victims.ts";

export interface Seen {
  field: Field;
  matrix: Matrix;
  /** Null when nothing could be read back. */
  found: Findings | null;
  /** As it was noted on the way. */
  wrong: string[];
}

export interface Asked {
  seed: string;
  swaps: number;
  kill: boolean;
  quick: boolean;
  timed: boolean;
}

/** Says what is wrong as it goes. */
export function assess({ field, matrix, found, wrong }: Seen, asked: Asked): TortureReport {
  const { load, blows, switches, writers, say } = field;
  for (const detail of found?.verdict.details ?? []) say(detail);
  const failures = failuresOf(load.samples.notOk, field.shadows);
  for (const [reason, times] of Object.entries(failures.reasons)) say(`failed ${times} times: ${reason}`);
  const { lost = 0, doubled = 0, unexplained = 0, acknowledged = 0, unknown = 0 } = found?.verdict ?? {};
  const { twoWriters = 0, leftovers = [] } = found ?? {};
  const cells = cellsOf(matrix);
  if (asked.kill && !asked.quick && cells.cells.covered < cells.cells.all)
    field.wrong(`${cells.cells.all - cells.cells.covered} cells of the matrix were not covered`);
  const swaps = switches.filter(({ committed }) => committed).length;
  if (swaps < asked.swaps) field.wrong(`only ${swaps} of ${asked.swaps} switches came through`);
  if (acknowledged === 0) field.wrong("no write was acknowledged, so nothing is proven");
  if (unexplained > 0) field.wrong(`${unexplained} rows can't be explained by any write`);
  const tooLong = blows
    .filter(({ victim, recoveryMs }) => recoveryMs > LIMIT_MS[victim])
    .map(
      ({ victim, where, recoveryMs }) =>
        `${victim} struck at ${where}: nobody was served for ${recoveryMs.toFixed()} ms`,
    );
  for (const line of tooLong) say(`TOO LONG: ${line}`);
  const unforgivable = lost + doubled + twoWriters + leftovers.length + wrong.length;
  return {
    ok: unforgivable === 0 && (tooLong.length === 0 || !asked.timed),
    seed: asked.seed,
    mode: field.mode.name,
    swaps,
    takenBack: switches.length - swaps,
    kills: blows.length,
    requests: load.samples.total,
    failed: failures.outside,
    failedInShadow: failures.inShadow,
    acknowledged,
    acknowledgedDirectly: writers.commits.length,
    ...{ unknown, lost, doubled, unexplained, twoWriters },
    worstRecoveryMs: Math.round(Math.max(0, ...blows.map(({ recoveryMs }) => recoveryMs))),
    recoveryMs: worstOfEach(field),
    tooLong,
    generatorLagMaxMs: Math.round(load.report().generatorLagMaxMs),
    leftovers,
    ...cells,
    wrong,
  };
}

function worstOfEach({ blows }: Field): TortureReport["recoveryMs"] {
  const worst: TortureReport["recoveryMs"] = {};
  for (const victim of VICTIMS)
    for (const { recoveryMs } of blows.filter((blow) => blow.victim === victim))
      worst[victim] = Math.max(worst[victim] ?? 0, Math.round(recoveryMs));
  return worst;
}

function cellsOf(matrix: Matrix): Pick<TortureReport, "cells" | "matrix"> {
  const all = matrix.all();
  return {
    cells: { all: all.length, covered: matrix.covered },
    matrix: all.flatMap(({ result, ...cell }) => {
      if (!result) return [];
      const { outcome, lateBy, recoveryMs } = result;
      return [{ ...cell, outcome, lateBy, recoveryMs: recoveryMs === null ? null : Math.round(recoveryMs) }];
    }),
  };
}
