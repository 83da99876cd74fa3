import { expect, test } from "vitest";
import { Matrix } from "./cells.ts";
import { chance } from "./chance.ts";
import { Course, type CourseOptions } from "./course.ts";

const STEPS = { there: ["hold", "copy", "commit", "route"], back: ["hold", "commit", "route"] };

/** Switches of which four in ten are taken back and one in ten is over before the blow. */
function play(options: CourseOptions) {
  const matrix = new Matrix(options.seed);
  const course = new Course(options, matrix);
  const dice = chance("world", "");
  const kinds: string[] = [];
  let live = 0;
  while (!course.isOver) {
    if (kinds.length > 5_000) throw new Error("it does not come to an end");
    const direction = live === 0 ? "there" : "back";
    const intent = course.next(direction);
    kinds.push(intent.kind === "moment" ? `moment ${intent.victim}` : intent.kind);
    const through = dice.next() < 0.6;
    if (intent.kind !== "moment") matrix.learn(direction, STEPS[direction]);
    const cell = intent.kind === "cell" ? matrix.next(direction) : null;
    const outcome = dice.next() < 0.1 ? "missed" : through ? "through" : "back";
    if (cell) matrix.record(cell, { outcome, recoveryMs: 0, lateBy: 0 });
    if (!through) continue;
    live = 1 - live;
    course.cameThrough();
  }
  return { kinds, matrix };
}

test("it goes on until every cell of both directions was struck at", () => {
  const { kinds, matrix } = play({ swaps: 3, kill: true, quick: false, seed: "a" });
  const all = matrix.all();
  expect(all).toHaveLength(7 * 2 * 9);
  expect(all.filter(({ result }) => result === null)).toEqual([]);
  expect(matrix.covered).toBeGreaterThan(all.length - 3);
  expect(kinds.filter((kind) => kind.startsWith("moment")).length).toBeGreaterThan(kinds.length / 12);
  expect(play({ swaps: 3, kill: true, quick: false, seed: "a" }).kinds).toEqual(kinds);
});

test("the least number of switches counts too, and a quick one asks for no more", () => {
  expect(play({ swaps: 500, kill: true, quick: false, seed: "a" }).kinds.length).toBeGreaterThanOrEqual(500);
  expect(play({ swaps: 5, kill: true, quick: true, seed: "a" }).kinds.length).toBeLessThan(20);
});

test("without kill nobody is struck", () => {
  const { kinds } = play({ swaps: 5, kill: false, quick: false, seed: "a" });
  expect(new Set(kinds)).toEqual(new Set(["none"]));
});

test("ended early nothing more happens", () => {
  const course = new Course({ swaps: 5, kill: true, quick: false, seed: "a" }, new Matrix("a"));
  course.end();
  expect(course.isOver).toBe(true);
  expect(course.next("there").kind).toBe("none");
});
