import { expect, it } from "vitest";
import type { RunView } from "#lib/operations/views.ts";
import { figuresOf, stepFigures } from "./figures.ts";
import { flatnessOf, type SizeReport } from "./report.ts";
import { planSwitches, type Switched } from "./switches.ts";

const run = (from: string, ms: number[], longestWaitMs: number, more: string[] = []) => {
  const names = ["preflight", "hold", `fence ${from}`, ...more, "release", "start workers"];
  const steps = names.map((name, index) => ({ name, ms: ms[index]! }));
  const windowMs = ms[1]! + ms[2]! + ms[3]! + 10;
  return { steps: names.map((name) => ({ name })), receipt: { from, steps, windowMs, longestWaitMs } };
};
const runs = [run("blue", [900, 1, 20, 2, 300], 35), run("green", [800, 3, 40, 4, 300], 60)];

it("shows the window step by step, whichever slot was left, and what no step accounts for", () => {
  expect(stepFigures(runs as unknown as RunView[])).toEqual([
    { name: "hold", medianMs: 2, worstMs: 3 },
    { name: "fence old", medianMs: 30, worstMs: 40 },
    { name: "release", medianMs: 3, worstMs: 4 },
    { name: "between the steps", medianMs: 10, worstMs: 10 },
  ]);
  const longer = run("blue", [900, 1, 20, 5, 2, 300], 35, ["carry back blue to green"]);
  const mixed = stepFigures([...runs, { ...longer }] as unknown as RunView[]);
  expect(mixed.slice(2, 4)).toEqual([
    { name: "carry back old to new", medianMs: 5, worstMs: 5 },
    { name: "release", medianMs: 2, worstMs: 4 },
  ]);
});

it("shows what went on side by side within a step", () => {
  const [one] = runs;
  const parts = { "unfence green": { ms: 7 }, both: { ms: 9, parts: { "catch up": { ms: 8 } } } };
  const steps = one!.steps.map((step) => (step.name === "release" ? { ...step, detail: { parts } } : step));
  expect(stepFigures([{ ...one, steps }] as unknown as RunView[]).slice(2)).toEqual([
    { name: "release", medianMs: 2, worstMs: 2 },
    { name: "· unfence new", medianMs: 7, worstMs: 7 },
    { name: "· both", medianMs: 9, worstMs: 9 },
    { name: "· · catch up", medianMs: 8, worstMs: 8 },
    { name: "between the steps", medianMs: 10, worstMs: 10 },
  ]);
});

it("keeps switches beside slow requests apart, and says how far the receipts are from what was seen", () => {
  const visit = (due: number, took: number, kind = "ref") => ({
    write: false,
    reason: null,
    ending: "ok" as const,
    kind,
    due,
    done: due + took,
  });
  const switched = (at: number, slow: boolean, index: number) => ({
    run: runs[index],
    hold: { from: at, to: at + 100 },
    range: { from: at - 1_000, to: at + 2_000 },
    slow,
  });
  const visits = [
    ...[1_000, 1_010, 1_020].map((due) => visit(due, 4)),
    visit(10_000, 54),
    visit(19_500, 1_510, "slow upload"),
    visit(20_050, 900),
    visit(20_060, 2_300, "slow upload"),
  ];
  const report = { seconds: 10, requests: { total: 7, failed: 0 }, failures: {}, generatorLagMaxMs: 3 };
  const figures = figuresOf(
    { visits, report, cpuShare: 0.123, records: [], prefix: "" } as never,
    [switched(10_000, false, 0), switched(20_000, true, 1)] as unknown as Switched[],
    { acknowledged: 20, unknown: 0, lost: 0, doubled: 0, unexplained: 0 } as never,
  );
  expect(figures).toMatchObject({
    swaps: 1,
    stallMs: { median: 50, worst: 50 },
    first: { stallMs: 50 },
    besideSlowRequests: { swaps: 1, stallMs: { worst: 896 }, requests: 1, slowestMs: 1_510 },
    clientMinusReceiptMs: { median: 15, worst: 15 },
    load: { acknowledgedPerSecond: 2, cpuShare: 0.12 },
  });
});

it("plans an odd number of switches, of which as many as asked for meet no slow request", () => {
  for (const swaps of [1, 2, 6, 20, 21, 100]) {
    const plan = planSwitches(swaps);
    expect(plan.length % 2).toBe(1);
    expect(plan[0]).toBe(false);
    expect(plan.filter((slow) => !slow)).toHaveLength(swaps);
    expect(plan.length - swaps).toBeGreaterThan(0);
  }
});

it("flatness is the largest size's median over the smallest's, in whatever order they ran", () => {
  const size = (bytes: number, median: number) => ({ bytes, stallMs: { median } }) as SizeReport;
  expect(flatnessOf([size(1_000, 60), size(10, 50), size(100, 90)])).toBe(1.2);
  expect(flatnessOf([size(10, 50)])).toBeNull();
});
