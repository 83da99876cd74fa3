import { describe, expect, test } from "vitest";
import type { GatewayStats } from "./gateway-stats.ts";
import { trafficView } from "./traffic.ts";

const stats = (
  at: number,
  failed: number,
  more: Partial<GatewayStats["traffic"][number]> = {},
): GatewayStats => ({
  at,
  traffic: [
    {
      app: "shop",
      slot: "blue",
      audience: "public",
      requests: 100,
      failed,
      inFlight: 2,
      writes: 0,
      writesFailed: 0,
      oldAssets: 0,
      streams: 1,
      perSecond: 10,
      p50Ms: 5,
      p95Ms: 20,
      answers: [0, 100, 0, 0, 0],
      latencies: { counts: [], sumMs: 0 },
      ...more,
    },
  ],
  gates: [{ app: "shop", state: "held", waiting: 3 }],
});

describe("traffic", () => {
  test("without a gateway is unknown, not nothing", () => {
    expect(trafficView("shop", [], null).view.slots).toBe(null);
  });

  test("of failures is the difference over time, and none at the first look", () => {
    const first = trafficView("shop", [stats(1_000, 5)], null);
    expect(first.view.slots![0]).toMatchObject({ failedPerSecond: 0, perSecond: 10, p95Ms: 20 });
    const second = trafficView("shop", [stats(3_000, 11)], first.sample);
    expect(second.view.slots![0]).toMatchObject({ failedPerSecond: 3 });
  });

  test("does not go below zero when a gateway starts anew", () => {
    const { sample } = trafficView("shop", [stats(1_000, 50)], null);
    expect(trafficView("shop", [stats(2_000, 1)], sample).view.slots![0]!.failedPerSecond).toBe(0);
  });

  test("of two gateways adds up; the slower one's latency is shown", () => {
    const { view } = trafficView("shop", [stats(1_000, 0), stats(1_200, 0, { p50Ms: 9, p95Ms: null })], null);
    expect(view).toMatchObject({ waiting: 6, slots: [{ perSecond: 20, inFlight: 4, p50Ms: 9, p95Ms: 20 }] });
  });

  test("of another app is left out", () => {
    expect(trafficView("other", [stats(1_000, 0)], null).view).toMatchObject({ slots: [], waiting: 0 });
  });
});
