/** The matrix: step boundary × victim × direction. Which cell is next, what came of each, and what is still open. */
import { chance } from "./chance.ts";
import { VICTIMS, type Victim } from "./victims.ts";

/** `there` makes the second slot live, `back` the first one again. */
export const DIRECTIONS = ["there", "back"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** What the run's journal says of a step at the moment of the strike. */
export const BOUNDARIES = ["started", "succeeded"] as const;
export type Boundary = (typeof BOUNDARIES)[number];

export interface Cell {
  direction: Direction;
  step: string;
  boundary: Boundary;
  victim: Victim;
}

/** `through`: the switch came through. `back`: it was taken back, and asked for again. `missed`: it never came so far. */
export interface Result {
  outcome: "through" | "back" | "missed";
  /** Longest time without a served visitor. Milliseconds; null when nobody was struck. */
  recoveryMs: number | null;
  /** How many records the run was ahead of the boundary when the victim died: 0 is on the spot. */
  lateBy: number | null;
}

const TRIES = 3;

export class Matrix {
  readonly #seed: string;
  readonly #steps = new Map<Direction, string[]>();
  readonly #open = new Map<Direction, Cell[]>(DIRECTIONS.map((direction) => [direction, []]));
  readonly #tries = new Map<Cell, number>();
  readonly #results = new Map<string, Result>();

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** Adds what a run of that direction is going to do. The same steps again change nothing. */
  learn(direction: Direction, steps: readonly string[]): void {
    const known = this.#steps.get(direction) ?? [];
    const added = steps.filter((step) => !known.includes(step));
    if (added.length === 0) return;
    this.#steps.set(direction, [...known, ...added]);
    this.#open.get(direction)?.push(...this.#order(direction, added));
  }

  /** The next cell to strike at; null when all of that direction are done. */
  next(direction: Direction): Cell | null {
    return this.#open.get(direction)?.[0] ?? null;
  }

  record(cell: Cell, result: Result): void {
    const open = this.#open.get(cell.direction) ?? [];
    const at = open.indexOf(cell);
    if (at >= 0) open.splice(at, 1);
    this.#results.set(keyOf(cell), result);
    const tries = (this.#tries.get(cell) ?? 0) + 1;
    this.#tries.set(cell, tries);
    if (result.outcome === "missed" && tries < TRIES) open.push(cell);
  }

  /** All that its runs may do is known, and nothing is left to strike at. */
  isDone(direction: Direction): boolean {
    return this.#steps.has(direction) && this.next(direction) === null;
  }

  /** Struck as they should. */
  get covered(): number {
    return [...this.#results.values()].filter(({ outcome }) => outcome !== "missed").length;
  }

  /** All cells in the order of the steps, with what came of them; null of those that were not tried. */
  all(): (Cell & { result: Result | null })[] {
    return DIRECTIONS.flatMap((direction) =>
      (this.#steps.get(direction) ?? []).flatMap((step) =>
        BOUNDARIES.flatMap((boundary) =>
          VICTIMS.map((victim) => {
            const cell = { direction, step, boundary, victim };
            return { ...cell, result: this.#results.get(keyOf(cell)) ?? null };
          }),
        ),
      ),
    );
  }

  /** Victim after victim, so that a sample from the front has one of each; the two directions begin apart. */
  #order(direction: Direction, steps: readonly string[]): Cell[] {
    const dice = chance(this.#seed, `cells ${direction} ${steps[0]}`);
    const all = chance(this.#seed, "victims").shuffled(VICTIMS);
    const half = direction === "there" ? 0 : Math.ceil(all.length / 2);
    const piles = [...all.slice(half), ...all.slice(0, half)].map((victim) =>
      dice.shuffled(
        steps.flatMap((step) => BOUNDARIES.map((boundary) => ({ direction, step, boundary, victim }))),
      ),
    );
    return (piles[0] ?? []).flatMap((_, row) => piles.flatMap((pile) => pile[row] ?? []));
  }
}

const keyOf = ({ direction, step, boundary, victim }: Cell) => `${direction}|${step}|${boundary}|${victim}`;
