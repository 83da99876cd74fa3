import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addTallies, emptyTally, p95, since, type Tally } from "./tally.ts";
import { chance, met, seeded, type Visitors, watchThrough } from "./testing/visitors.ts";
import { judge } from "./watch.ts";

const bounds = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];
const limits = { minRequests: 50, errorPercent: 2, errorRatio: 3, p95Ratio: 3, p95FloorMs: 250 };
const verdict = (before: Tally, after: Tally) => judge(before, after, limits, bounds).verdict;

const counted = (requests: number, failed: number, slow = 0): Tally => ({
  ...emptyTally(),
  requests,
  failed,
  latencies: bounds.map((bound) => (bound === 5 ? requests - slow : bound === 1_000 ? slow : 0)),
});

const tally = fc
  .tuple(fc.nat(5_000), fc.nat(5_000), fc.nat(5_000))
  .map(([requests, failed, slow]) => counted(requests, Math.min(failed, requests), Math.min(slow, requests)));

describe("the verdict", () => {
  test("is none without traffic, or with too little of it", () => {
    fc.assert(
      fc.property(tally, fc.nat(49), fc.nat(49), (before, requests, failed) => {
        expect(verdict(before, counted(requests, Math.min(requests, failed)))).toBeNull();
      }),
    );
  });

  test("is never bad or worse when the same is counted after as before", () => {
    fc.assert(
      fc.property(tally, (same) => {
        fc.pre(same.requests >= limits.minRequests);
        expect(verdict(same, same)).toBe("calm");
      }),
    );
  });

  test("is never better with more failures or more slow answers", () => {
    const order = ["calm", "worse", "bad"];
    const enough = tally.filter(({ requests }) => requests >= limits.minRequests);
    fc.assert(
      fc.property(enough, enough, fc.nat(500), fc.nat(500), (before, { requests, failed }, more, slow) => {
        const less = verdict(before, counted(requests, failed));
        const failures = verdict(before, counted(requests, Math.min(requests, failed + more)));
        const slower = verdict(before, counted(requests, failed, Math.min(requests, slow)));
        expect(order.indexOf(failures!)).toBeGreaterThanOrEqual(order.indexOf(less!));
        expect(order.indexOf(slower!)).toBeGreaterThanOrEqual(order.indexOf(less!));
      }),
    );
  });

  test("is worse at most when there was too little before to compare to", () => {
    fc.assert(
      fc.property(fc.nat(49), fc.integer({ min: 50, max: 5_000 }), (few, many) => {
        expect(verdict(counted(few, 0), counted(many, many, many))).toBe("worse");
      }),
    );
  });

  test("says what it has counted", () => {
    expect(judge(counted(4_000, 4), counted(300, 60), limits, bounds)).toEqual({
      verdict: "bad",
      reasons: ["60 of 300 requests failed (20 %); before the swap 4 of 4000 did (0.1 %)."],
    });
    expect(judge(counted(4_000, 0), counted(300, 0, 60), limits, bounds)).toEqual({
      verdict: "bad",
      reasons: ["The p95 is 875 ms; before the swap it was 4.9 ms."],
    });
  });

  test("is not bad for a p95 below the floor, however often it was exceeded before", () => {
    const quick = { ...counted(1_000, 0), latencies: [1_000] };
    expect(verdict(quick, counted(1_000, 0))).toBe("calm");
  });
});

/** Thirty writes in a hundred requests, ten minutes, a look every two seconds. */
const noise: (Visitors & { watches: number })[] = [
  { perLook: 4, fails: 0.01, watches: 150 },
  { perLook: 4, fails: 0.1, watches: 150 },
  { perLook: 60, fails: 0.002, watches: 60 },
  { perLook: 60, fails: 0.05, watches: 60 },
];

test.each(noise)(
  "noise is not bad: $perLook requests a look of which $fails fail all the time",
  (visitors) => {
    const bad = Array.from({ length: visitors.watches }, (_, seed) =>
      watchThrough({ before: visitors, after: visitors, seed, verdict }),
    ).filter((found) => found !== null);
    // At most one watch in a hundred ever says bad; sustained over five looks, fewer still.
    expect(bad.length / visitors.watches).toBeLessThanOrEqual(0.01);
  },
);

test("a tenth of the writes failing is found within 200 writes, nineteen times of twenty", () => {
  const before = { perLook: 60, fails: 0 };
  const after = { perLook: 60, fails: 0, writesFail: 0.1 };
  const found = Array.from({ length: 100 }, (_, seed) => watchThrough({ before, after, seed, verdict }));
  const inTime = found.filter((at) => at !== null && at.writes <= 200);
  expect(inTime.length).toBeGreaterThanOrEqual(95);
});

test("counters that began anew count from nothing, and what is added is what came", () => {
  fc.assert(
    fc.property(tally, tally, (a, b) => {
      expect(since(addTallies(a, b), a)).toEqual(addTallies(b, emptyTally()));
    }),
  );
  expect(since(counted(3, 1), counted(100, 5))).toEqual(counted(3, 1));
});

test("the p95 lies between the bounds that hold it", () => {
  const random = seeded(7);
  const visitors = Array.from({ length: 2_000 }, () => met({ perLook: 1, fails: 0 }, random));
  const all = visitors.reduce(addTallies, emptyTally());
  // Of the test's own answers: 120 ms in the middle, log-normal.
  expect(p95(all, bounds)).toBeGreaterThan(450);
  expect(p95(all, bounds)).toBeLessThan(800);
  expect(p95(emptyTally(), bounds)).toBeNull();
  expect(chance(random, 0)).toBe(false);
});
