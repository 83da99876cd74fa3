import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { STEP_MS, TurnKeeper, Turns } from "./turns.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Two workers of one keeper, without the processes between them. */
function pair() {
  const workers: Turns[] = [];
  const keeper = new TurnKeeper<number>((worker, lane, until) => workers[worker]!.moved(lane, until));
  for (const worker of [0, 1]) workers.push(new Turns((lane, at) => keeper.first(worker, lane, at)));
  return { keeper, one: workers[0]!, two: workers[1]! };
}

test("nobody goes before one who came earlier and waits with another worker, but for a step", () => {
  const { one, two } = pair();
  one.may("shop", 1_000);
  expect(two.may("shop", 1_500)).toBe(false);
  expect(one.may("shop", 1_000)).toBe(true);
  expect(one.may("shop", 1_495)).toBe(true);
  expect(two.may("shop", 1_500)).toBe(true);
  expect(two.may("shop", 1_495 + STEP_MS)).toBe(true);
  expect(two.may("shop", 1_500 + 2 * STEP_MS)).toBe(false);
});

test("who is the last with anybody waiting goes as fast as it can", () => {
  const { keeper, one, two } = pair();
  one.may("shop", 1_000);
  two.may("shop", 5_000);
  one.empty("shop");
  expect(two.may("shop", 9_000)).toBe(true);
  one.may("shop", 9_001);
  expect(two.may("shop", 9_100)).toBe(false);
  keeper.gone(0);
  expect(two.may("shop", 9_100)).toBe(true);
});

test("lanes do not wait for each other, and neither does a gateway without a keeper", () => {
  const { one, two } = pair();
  one.may("shop", 1_000);
  expect(two.may("blog", 5_000)).toBe(true);
  expect(new Turns(null).may("shop", 1)).toBe(true);
  expect(two.may("shop", 5_000)).toBe(false);
  two.alone();
  expect(two.may("shop", 5_000)).toBe(true);
});

test("a worker that the others wait for in vain does not hold them up", () => {
  const { one, two } = pair();
  one.may("shop", 1_000);
  expect(two.may("shop", 5_000)).toBe(false);
  vi.advanceTimersByTime(99);
  expect(two.may("shop", 5_000)).toBe(false);
  vi.advanceTimersByTime(2);
  expect(two.may("shop", 5_000)).toBe(true);
});
