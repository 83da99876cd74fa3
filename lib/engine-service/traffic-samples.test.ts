import { expect, test } from "vitest";
import type { SlotTraffic } from "#lib/gateway/control.ts";
import { TrafficSamples } from "./traffic-samples.ts";

const at = (requests: number, over: Partial<SlotTraffic> = {}) => ({
  traffic: [{ app: "shop", slot: "blue", audience: "public", requests, ...NOTHING, ...over } as SlotTraffic],
});
const NOTHING = { failed: 0, writes: 0, writesFailed: 0, latencies: { counts: [], sumMs: 0 } };
const look = (samples: TrafficSamples, time: number, gateways: Record<string, { traffic: SlotTraffic[] }>) =>
  samples.add(time, new Map(Object.entries(gateways)));

test("what came between looks is counted, not what stood there before", () => {
  const samples = new TrafficSamples();
  look(samples, 1_000, { a: at(500) });
  look(samples, 3_000, { a: at(510, { failed: 2 }) });
  look(samples, 5_000, { a: at(530, { failed: 3 }) });
  expect(samples.between("shop", "blue", 1_000, 5_000)).toMatchObject({ requests: 30, failed: 3 });
  expect(samples.between("shop", "blue", 1_500, 5_000)).toMatchObject({ requests: 20, failed: 1 });
  expect(samples.between("shop", "green", 0, 9_000).requests).toBe(0);
});

test("gateways come, go, fall silent and begin anew without inventing requests", () => {
  const samples = new TrafficSamples();
  look(samples, 1_000, { a: at(500) });
  look(samples, 3_000, { b: at(900) });
  look(samples, 5_000, { a: at(504), b: at(901) });
  look(samples, 7_000, { a: at(2) });
  expect(samples.between("shop", "blue", 0, 9_000).requests).toBe(4 + 1 + 2);
});

test("testers' requests are nobody's", () => {
  const samples = new TrafficSamples();
  look(samples, 1_000, { a: at(0) });
  look(samples, 3_000, { a: at(50, { audience: "staging" }) });
  expect(samples.between("shop", "blue", 0, 9_000).requests).toBe(0);
});

test("the latest reaches back until there is enough, and knows whether the last look saw anything", () => {
  const samples = new TrafficSamples();
  [0, 10, 30, 60].forEach((requests, index) => {
    look(samples, index * 2_000, { a: at(requests) });
  });
  const latest = (least: number, from = 0) => samples.latest("shop", "blue", { from, spanMs: 2_000, least });
  expect(latest(1)).toMatchObject({ tally: { requests: 30 }, fresh: true });
  expect(latest(31).tally.requests).toBe(50);
  expect(latest(1_000).tally.requests).toBe(60);
  expect(latest(1_000, 3_000).tally.requests).toBe(30);
  look(samples, 8_000, { a: at(60) });
  expect(latest(1).fresh).toBe(false);
});
