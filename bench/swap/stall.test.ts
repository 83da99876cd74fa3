import { describe, expect, it } from "vitest";
import { normalLatencies, outside, runningAtHold, spread, stall, type Visit } from "./stall.ts";

const hold = { from: 10_000, to: 10_200 };
const visit = (due: number, took: number, ending: Visit["ending"] = "ok", kind = "ref"): Visit => ({
  kind,
  due,
  done: due + took,
  ending,
});
const normal = new Map([
  ["ref", 5],
  ["order", 20],
]);

describe("the stall of a switch", () => {
  it("is the longest wait of those due in it, without what such a request takes anyway", () => {
    const visits = [
      visit(9_990, 30),
      visit(10_001, 205),
      visit(10_100, 110),
      visit(10_100, 115, "ok", "order"),
    ];
    expect(stall(visits, hold, normal)).toBe(200);
    expect(stall([visit(10_001, 205, "ok", "order")], hold, normal)).toBe(185);
  });

  it("counts from when a request was due and takes in the crowd after the release", () => {
    expect(stall([visit(11_100, 400)], hold, normal)).toBe(395);
    expect(stall([visit(11_201, 400)], hold, normal)).toBe(0);
    expect(stall([visit(9_901, 300)], hold, normal)).toBe(295);
  });

  it("leaves out what had been running for long when the hold came", () => {
    const long = visit(8_900, 1_500, "ok", "slow upload");
    expect(stall([long, visit(10_000, 20)], hold, normal)).toBe(15);
    const over = visit(8_900, 1_000);
    expect(runningAtHold([long, over, visit(9_950, 100)], hold)).toEqual([long]);
  });

  it("goes on for those turned away until somebody who came later is served", () => {
    const visits = [
      visit(9_999, 4),
      visit(10_010, 1, "refused"),
      visit(10_150, 1, "failed"),
      visit(10_700, 30),
      visit(10_690, 15),
    ];
    expect(stall(visits, hold, normal)).toBe(10_705 - 10_010 - 5);
  });

  it("has no end when nobody is served any more", () => {
    expect(stall([visit(10_010, 1, "failed")], hold, normal)).toBe(Number.POSITIVE_INFINITY);
  });
});

it("normal is the median of a kind's successes that touch no switch", () => {
  const visits = [
    visit(1_000, 4),
    visit(1_100, 6),
    visit(1_200, 8),
    visit(1_300, 900, "failed"),
    visit(9_999, 300),
    visit(1_000, 40, "ok", "order"),
  ];
  expect(normalLatencies(visits, [hold])).toEqual(
    new Map([
      ["ref", 6],
      ["order", 40],
    ]),
  );
  expect(outside([{ ...visit(1_000, 1), done: null }], [])).toEqual([]);
});

it("spreads by nearest rank", () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, p99: 3, worst: 3 });
  const hundred = Array.from({ length: 200 }, (_, index) => index + 1);
  expect(spread(hundred)).toEqual({ median: 100.5, p99: 198, worst: 200 });
  expect(spread([])).toEqual({ median: null, p99: null, worst: null });
});
