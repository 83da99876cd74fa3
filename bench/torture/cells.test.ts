import { expect, test } from "vitest";
import { type Cell, Matrix } from "./cells.ts";
import { VICTIMS } from "./victims.ts";

const through = { outcome: "through", recoveryMs: 1, lateBy: 0 } as const;
const missed = { outcome: "missed", recoveryMs: null, lateBy: null } as const;

function struckUntilDone(matrix: Matrix): Cell[] {
  const struck: Cell[] = [];
  for (let cell = matrix.next("there"); cell; cell = matrix.next("there")) {
    struck.push(cell);
    matrix.record(cell, through);
  }
  return struck;
}

test("every cell comes once, in an order that only the seed decides", () => {
  const run = (seed: string) => {
    const matrix = new Matrix(seed);
    matrix.learn("there", ["hold", "fence"]);
    matrix.learn("there", ["hold", "fence"]);
    const struck = struckUntilDone(matrix);
    expect(matrix.isDone("there")).toBe(true);
    expect(matrix.isDone("back")).toBe(false);
    expect(matrix.all().every(({ result }) => result === through)).toBe(true);
    return struck;
  };
  const first = run("a");
  expect(new Set(first.map((cell) => JSON.stringify(cell))).size).toBe(2 * 2 * VICTIMS.length);
  expect(run("a")).toEqual(first);
  expect(run("b")).not.toEqual(first);
});

test("a short sample has one of each victim", () => {
  const matrix = new Matrix("a");
  matrix.learn("there", ["hold", "fence", "commit"]);
  const sample = struckUntilDone(matrix).slice(0, VICTIMS.length);
  expect(new Set(sample.map(({ victim }) => victim))).toEqual(new Set(VICTIMS));
});

test("a cell that was missed comes again, three times in all", () => {
  const matrix = new Matrix("a");
  matrix.learn("back", ["hold"]);
  const doomed = matrix.next("back")!;
  let times = 0;
  for (let cell = matrix.next("back"); cell; cell = matrix.next("back")) {
    if (cell === doomed) times++;
    matrix.record(cell, cell === doomed ? missed : through);
  }
  expect(times).toBe(3);
  expect(matrix.covered).toBe(2 * VICTIMS.length - 1);
});
