import { expect, test } from "vitest";
import { describeSeries, slotTraffic } from "./slot-traffic.ts";

const part = {
  slot: "blue",
  audience: "public",
  perSecond: 210,
  failedPerSecond: 1,
  inFlight: 3,
  streams: 2,
  p50Ms: 4,
  p95Ms: 11,
} as const;

test("a slot's traffic is the sum over its domains, with the busier one's latency", () => {
  const traffic = {
    at: "2026-11-20T10:00:00Z",
    waiting: 0,
    slots: [{ ...part, audience: "staging" as const, perSecond: 1, p50Ms: 90, p95Ms: 200 }, part],
  };
  expect(slotTraffic(traffic, "blue")).toEqual({
    perSecond: 211,
    failedPerSecond: 2,
    inFlight: 6,
    streams: 4,
    p50Ms: 4,
    p95Ms: 11,
  });
  expect(slotTraffic(traffic, "green")).toMatchObject({ perSecond: 0, p50Ms: null });
});

test("no gateway is told apart from no traffic", () => {
  expect(slotTraffic({ at: "", waiting: 0, slots: null }, "blue")).toBeNull();
});

test("the chart has words", () => {
  expect(describeSeries([null, 0.25, 210, 180])).toBe(
    "Requests per second, last 3 s: now 180, lowest 0.3, highest 210.",
  );
  expect(describeSeries([])).toContain("nothing measured");
});
