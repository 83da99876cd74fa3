/** What `npm run torture` prints: the matrix for people, and one object for programs. */
import { BOUNDARIES, DIRECTIONS, type Direction, type Matrix, type Result } from "./cells.ts";
import { LIMIT_MS, VICTIMS, type Victim } from "./victims.ts";

export interface TortureReport {
  ok: boolean;
  seed: string;
  mode: string;
  /** Switches that came through, rollbacks included. */
  swaps: number;
  /** Switches that were taken back and asked for again. */
  takenBack: number;
  kills: number;
  requests: number;
  /** Not answered 2xx, outside of the shadow of any victim that was on their way. */
  failed: number;
  failedInShadow: number;
  /** Writes: through the gateway, and straight to the databases. */
  acknowledged: number;
  acknowledgedDirectly: number;
  unknown: number;
  lost: number;
  doubled: number;
  unexplained: number;
  /** Direct commits that were acknowledged by a slot that had no authority. */
  twoWriters: number;
  /** Longest time without a served visitor after a blow. Milliseconds, of each victim and of all. */
  worstRecoveryMs: number;
  recoveryMs: Partial<Record<Victim, number>>;
  /** Blows after which visitors were served again later than they should. */
  tooLong: string[];
  leftovers: string[];
  cells: { all: number; covered: number };
  /** Cells that were struck at or missed. */
  matrix: {
    direction: Direction;
    step: string;
    boundary: string;
    victim: Victim;
    outcome: Result["outcome"];
    recoveryMs: number | null;
    lateBy: number | null;
  }[];
  /** Whatever else was not as it should be, as sentences. */
  wrong: string[];
}

/** What came of the cells, with the two figures that say how much of the matrix was covered. */
export function cellsOf(matrix: Matrix): Pick<TortureReport, "cells" | "matrix"> {
  const all = matrix.all();
  return {
    cells: {
      all: all.length,
      covered: all.filter(({ result }) => result !== null && result.outcome !== "missed").length,
    },
    matrix: all.flatMap(({ result, ...cell }) => (result ? [{ ...cell, ...round(result) }] : [])),
  };
}

const round = (result: Result): Result => ({
  ...result,
  recoveryMs: result.recoveryMs === null ? null : Math.round(result.recoveryMs),
});

/** One table per direction: a line per step boundary, a column per victim. */
export function matrixTable(matrix: Matrix, nameOf: (direction: Direction) => string): string {
  const all = matrix.all();
  const tables = DIRECTIONS.flatMap((direction) => {
    const cells = all.filter((cell) => cell.direction === direction);
    const steps = [...new Set(cells.map(({ step }) => step))];
    if (steps.length === 0) return [];
    const wide = Math.max(...steps.map((step) => step.length)) + 11;
    const lines = steps.flatMap((step) =>
      BOUNDARIES.map((boundary) => {
        const marks = VICTIMS.map((victim) => {
          const cell = cells.find(
            (one) => one.step === step && one.boundary === boundary && one.victim === victim,
          );
          return markOf(cell?.result ?? null, victim).padStart(11);
        });
        return `${`${step} ${boundary}`.padEnd(wide)}${marks.join("")}`;
      }),
    );
    const head = "".padEnd(wide) + VICTIMS.map((victim) => victim.padStart(11)).join("");
    return [`${direction} (${nameOf(direction)})`, head, ...lines, ""];
  });
  const legend =
    "ms without a served visitor; < the switch was taken back and asked for again; ! too long; - missed; . not tried";
  return [...tables, legend].join("\n");
}

function markOf(result: Result | null, victim: Victim): string {
  if (!result) return ".";
  if (result.outcome === "missed") return "-";
  const ms = result.recoveryMs ?? 0;
  return `${result.outcome === "back" ? "<" : ""}${ms.toFixed()}${ms > LIMIT_MS[victim] ? "!" : ""}`;
}
