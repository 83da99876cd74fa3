import { expect, test } from "vitest";
import { HoldQueue } from "./hold-queue.ts";

/** A queue of numbers behind a gate that the test opens, with slots that answer when told to. */
function setUp(firstAtOnce: number) {
  const started: number[] = [];
  const frees = new Map<number, () => void>();
  const gate = { verdict: "wait" as "wait" | "start" | "settle", empty: 0 };
  const settled: number[] = [];
  const queue = new HoldQueue<number>({
    firstAtOnce,
    judge(number) {
      if (gate.verdict === "wait") return { act: "wait", until: Date.now() + 60_000 };
      if (gate.verdict === "settle") return { act: "settle", settle: () => settled.push(number) };
      return {
        act: "start",
        start(free) {
          started.push(number);
          frees.set(number, free);
        },
      };
    },
    onEmpty: () => {
      gate.empty += 1;
    },
  });
  return { queue, gate, started, settled, frees };
}

test("they start in the order in which they came, a bounded number at a time, one more for each that is answered", () => {
  const { queue, gate, started, frees } = setUp(2);
  for (let number = 0; number < 10; number += 1) queue.add(number);
  queue.pump();
  expect(started).toEqual([]);
  gate.verdict = "start";
  queue.pump();
  expect(started).toEqual([0, 1]);
  frees.get(0)!();
  expect(started).toEqual([0, 1, 2, 3]);
  frees.get(0)!();
  expect(started.length).toBe(4);
  for (let number = 1; number < 10; number += 1) frees.get(number)?.();
  expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([queue.size, gate.empty]).toEqual([0, 1]);
});

test("a place that nobody gives back is taken back", async () => {
  const { queue, gate, started } = setUp(1);
  for (const number of [1, 2, 3]) queue.add(number);
  gate.verdict = "start";
  await expect.poll(() => started, { timeout: 20_000 }).toEqual([1, 2, 3]);
});

test("when the gate closes all get their answer at once", () => {
  const { queue, gate, settled } = setUp(1);
  for (let number = 0; number < 50_000; number += 1) queue.add(number);
  gate.verdict = "settle";
  queue.pump();
  expect([settled.length, settled[0], settled.at(-1), queue.size]).toEqual([50_000, 0, 49_999, 0]);
});

test("who has left is passed over", () => {
  const { queue, gate, started } = setUp(9);
  for (const number of [1, 2, 3]) queue.add(number);
  expect(queue.remove(2)).toBe(true);
  expect(queue.remove(2)).toBe(false);
  gate.verdict = "start";
  queue.pump();
  expect(started).toEqual([1, 3]);
});

test("places that are given back at once do not nest", () => {
  const started: number[] = [];
  const queue = new HoldQueue<number>({
    firstAtOnce: 1,
    judge: (number) => ({
      act: "start",
      start(free) {
        started.push(number);
        free();
      },
    }),
  });
  for (let number = 0; number < 30_000; number += 1) queue.add(number);
  queue.pump();
  expect(started.length).toBe(30_000);
});
