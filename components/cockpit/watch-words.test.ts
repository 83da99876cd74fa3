import { expect, test } from "vitest";
import type { WatchView } from "#lib/operations/views.ts";
import { verdictWords } from "./watch-words.ts";

const met = (requests: number) => ({ requests, failed: 0, writes: 0, writesFailed: 0, p95Ms: null });
const watch = (over: Partial<WatchView>): WatchView => ({
  runId: "run-1",
  slot: "green",
  version: "1.1.0",
  since: "2026-11-20T10:00:00.000Z",
  until: "2026-11-20T10:10:00.000Z",
  over: false,
  verdict: null,
  reasons: [],
  before: met(1_000),
  after: met(0),
  minRequests: 50,
  automatic: { armed: false, why: "It is off in the app's settings.", runId: null },
  ...over,
});

test("without enough requests it is said that nothing can be said", () => {
  expect(verdictWords(watch({}))).toBe("No requests to judge by yet.");
  expect(verdictWords(watch({ after: met(12) }))).toBe("Too few requests to tell: 12 of 50.");
});

test("each verdict has its sentence", () => {
  const said = (["calm", "worse", "bad"] as const).map((verdict) => verdictWords(watch({ verdict })));
  expect(new Set(said).size).toBe(3);
});
