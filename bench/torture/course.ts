/** What is to happen in the next switch, and when enough has happened. Pure, and the same for the same seed. */
import type { Direction, Matrix } from "./cells.ts";
import { chance } from "./chance.ts";
import { VICTIMS, type Victim } from "./victims.ts";

/** A cell of the matrix, a blow at a random moment after the switch was asked for, or nothing. */
export type Intent =
  | { kind: "cell"; matrix: Matrix }
  | { kind: "moment"; victim: Victim; afterMs: number }
  | { kind: "none"; matrix: Matrix };

/** One switch in so many is struck at a random moment instead of at a boundary. */
const RANDOM_EVERY = 10;
const RANDOM_WITHIN_MS = 2_000;

export interface CourseOptions {
  /** How many switches must come through, at least. */
  swaps: number;
  /** Strike. Without it there is only traffic. */
  kill: boolean;
  /** That many switches and no more: a sample of the matrix instead of all of it. */
  quick: boolean;
  seed: string;
}

export class Course {
  readonly #options: CourseOptions;
  readonly #matrix: Matrix;
  #asked = 0;
  #through = 0;
  #ended = false;

  constructor(options: CourseOptions, matrix: Matrix) {
    this.#options = options;
    this.#matrix = matrix;
  }

  get isOver(): boolean {
    const { swaps, kill, quick } = this.#options;
    const covered = !kill || quick || (this.#matrix.isDone("there") && this.#matrix.isDone("back"));
    return this.#ended || (covered && this.#through >= swaps);
  }

  /** Nothing more is to happen. */
  end(): void {
    this.#ended = true;
  }

  next(direction: Direction): Intent {
    const matrix = this.#matrix;
    if (this.isOver || !this.#options.kill) return { kind: "none", matrix };
    const number = this.#asked++;
    // Where all cells are done, switches go on only for the other direction's sake.
    if (!matrix.isDone(direction) && number % RANDOM_EVERY !== RANDOM_EVERY - 1)
      return { kind: "cell", matrix };
    const dice = chance(this.#options.seed, `moment ${number}`);
    return {
      kind: "moment",
      victim: dice.pick(VICTIMS) ?? "engine",
      afterMs: dice.next() * RANDOM_WITHIN_MS,
    };
  }

  cameThrough(): void {
    this.#through += 1;
  }
}
