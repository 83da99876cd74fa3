import { expect, test } from "vitest";
import { Latencies } from "./latencies.ts";

test("quantiles are right to a fifth, over ten seconds and no more", () => {
  const latencies = new Latencies();
  expect(latencies.read(0)).toEqual({ perSecond: 0, p50Ms: null, p95Ms: null });
  for (let ms = 1; ms <= 100; ms += 1) latencies.record(ms, ms * 20);
  const { perSecond, p50Ms, p95Ms } = latencies.read(2_000);
  expect(perSecond).toBe(10);
  expect(p50Ms! / 50).toBeGreaterThanOrEqual(1);
  expect(p50Ms! / 50).toBeLessThan(1.2);
  expect(p95Ms! / 95).toBeGreaterThanOrEqual(1);
  expect(p95Ms! / 95).toBeLessThan(1.2);
  expect(latencies.read(11_000).perSecond).toBeLessThan(10);
  expect(latencies.read(12_500).p50Ms).toBeNull();
});

test("what lies outside the scale counts at its ends", () => {
  const latencies = new Latencies();
  latencies.record(0, 0);
  expect(latencies.read(0).p50Ms).toBeLessThan(0.1);
  for (let times = 0; times < 9; times += 1) latencies.record(1e9, 0);
  expect(latencies.read(0).p95Ms).toBeGreaterThan(40_000);
});
