/** The matrix for people to look at. */
import { BOUNDARIES, DIRECTIONS, type Direction, type Matrix, type Result } from "./cells.ts";
import { LIMIT_MS, VICTIMS, type Victim } from "./victims.ts";

const NOT_TRIED = ".";

/** One table per direction: a line per step boundary at which anybody was struck, a column per victim. */
export function matrixTable(matrix: Matrix, nameOf: (direction: Direction) => string): string {
  const all = matrix.all();
  const tables = DIRECTIONS.flatMap((direction) => {
    const cells = all.filter((cell) => cell.direction === direction);
    const steps = [...new Set(cells.map(({ step }) => step))];
    if (steps.length === 0) return [];
    const wide = Math.max(...steps.map((step) => step.length)) + 11;
    const lines = steps.flatMap((step) =>
      BOUNDARIES.flatMap((boundary) => {
        const marks = VICTIMS.map((victim) => {
          const cell = cells.find(
            (one) => one.step === step && one.boundary === boundary && one.victim === victim,
          );
          return markOf(cell?.result ?? null, victim);
        });
        if (marks.every((mark) => mark === NOT_TRIED)) return [];
        return `${`${step} ${boundary}`.padEnd(wide)}${marks.map((mark) => mark.padStart(11)).join("")}`;
      }),
    );
    const head = "".padEnd(wide) + VICTIMS.map((victim) => victim.padStart(11)).join("");
    return [`${direction} (${nameOf(direction)})`, head, ...lines, ""];
  });
  const legend =
    "ms without a served visitor; < the switch was taken back and asked for again; ! too long; - missed; . not tried";
  const covered = `${matrix.covered} of ${all.length} cells covered`;
  return [...tables, covered, legend].join("\n");
}

function markOf(result: Result | null, victim: Victim): string {
  if (!result) return NOT_TRIED;
  if (result.outcome === "missed") return "-";
  const ms = result.recoveryMs ?? 0;
  return `${result.outcome === "back" ? "<" : ""}${ms.toFixed()}${ms > LIMIT_MS[victim] ? "!" : ""}`;
}
