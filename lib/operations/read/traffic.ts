/** Live traffic of an app, from the gateways' counters. */
import type { Home } from "#lib/config/home.ts";
import type { SlotTraffic } from "#lib/gateway/control.ts";
import type { TrafficView } from "../views.ts";
import { type GatewayStats, gatewayStats } from "./gateway-stats.ts";

type SlotFigures = NonNullable<TrafficView["slots"]>[number];

/** What the counters stood at, to tell rates by the difference. */
interface Sample {
  at: number;
  failed: Map<string, number>;
}

/** Reads the counters at most once in half a second, however many pages are open. */
export class TrafficReader {
  readonly #home: Home;
  #latest: { at: number; stats: Promise<GatewayStats[]> } | null = null;

  constructor(home: Home) {
    this.#home = home;
  }

  /** A series of its own for each watcher: `failedPerSecond` is over the time since its last call. */
  watch(app: string): () => Promise<TrafficView> {
    let before: Sample | null = null;
    return async () => {
      const gateways = await this.#stats();
      const { view, sample } = trafficView(app, gateways, before);
      if (before === null || sample.at > before.at) before = sample;
      return view;
    };
  }

  #stats(): Promise<GatewayStats[]> {
    const now = Date.now();
    if (this.#latest === null || now - this.#latest.at >= 500) {
      this.#latest = { at: now, stats: gatewayStats(this.#home) };
    }
    return this.#latest.stats;
  }
}

/** Pure. `before` is the watcher's previous sample. */
export function trafficView(
  app: string,
  gateways: GatewayStats[],
  before: Sample | null,
): { view: TrafficView; sample: Sample } {
  const at = gateways.length === 0 ? Date.now() : Math.max(...gateways.map((stats) => stats.at));
  const mine = gateways.flatMap((stats) => stats.traffic.filter((entry) => entry.app === app));
  const groups = Map.groupBy(mine, (entry) => `${entry.slot} ${entry.audience}`);
  const sample: Sample = { at, failed: new Map() };
  const slots = [...groups].map(([key, entries]) => {
    const failed = sum(entries, "failed");
    sample.failed.set(key, failed);
    const seconds = before === null ? 0 : (at - before.at) / 1000;
    const more = failed - (before?.failed.get(key) ?? failed);
    // A gateway that started anew counts from zero again.
    return { ...merge(entries), failedPerSecond: seconds > 0 && more > 0 ? more / seconds : 0 };
  });
  const waiting = gateways.flatMap((stats) => stats.gates.filter((gate) => gate.app === app));
  return {
    sample,
    view: {
      at: new Date(at).toISOString(),
      slots: gateways.length === 0 ? null : slots,
      waiting: waiting.reduce((total, gate) => total + gate.waiting, 0),
    },
  };
}

/** Rates add up; of latencies the worst gateway's is shown, because percentiles can't be added. */
function merge(entries: SlotTraffic[]): Omit<SlotFigures, "failedPerSecond"> {
  const { slot, audience } = entries[0]!;
  return {
    slot,
    audience,
    perSecond: sum(entries, "perSecond"),
    inFlight: sum(entries, "inFlight"),
    streams: sum(entries, "streams"),
    p50Ms: worst(entries.map((entry) => entry.p50Ms)),
    p95Ms: worst(entries.map((entry) => entry.p95Ms)),
  };
}

const sum = (entries: SlotTraffic[], key: "failed" | "perSecond" | "inFlight" | "streams"): number =>
  entries.reduce((total, entry) => total + entry[key], 0);

function worst(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
