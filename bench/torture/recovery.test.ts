import { expect, test } from "vitest";
import { failuresOf, longestOutage } from "./recovery.ts";

const visit = (due: number, done: number | null, ending: "ok" | "failed" | null = "ok") => ({
  ...{ write: false, kind: null, reason: ending === "failed" ? "502" : null },
  ...{ due, done, ending },
});

test("an outage is the longest time in which nobody was served", () => {
  const visits = [
    visit(90, 95),
    visit(100, 400, "failed"),
    visit(120, 700),
    visit(710, 720),
    visit(800, 900),
  ];
  expect(longestOutage(visits, { from: 100, to: 1_000 })).toBe(600);
});

test("one that does not end is measured to the end of the range", () => {
  expect(longestOutage([visit(100, 110), visit(120, null, null)], { from: 100, to: 2_000 })).toBe(1_890);
});

test("failures count by whether they met a shadow", () => {
  const samples = [
    visit(10, 20, "failed"),
    visit(100, 300, "failed"),
    visit(400, 410, "failed"),
    visit(5, 6),
  ];
  expect(failuresOf(samples, [{ from: 250, to: 350 }])).toEqual({
    inShadow: 1,
    outside: 2,
    reasons: { "read: 502": 2 },
  });
});
