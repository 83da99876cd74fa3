/** The figures of several workers as those of one gateway. */
import type { Answer, SlotTraffic } from "./control.ts";

type Stats = Answer<"stats">;

const addUp = (a: number[], b: number[]): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, at) => (a[at] ?? 0) + (b[at] ?? 0));

/** Percentiles can't be added: the worst worker's is taken. So is the gate that is shut most. */
export function mergeStats(all: Stats[]): Stats {
  const traffic = Map.groupBy(
    all.flatMap((stats) => stats.traffic),
    ({ app, slot, audience }) => `${app} ${slot} ${audience}`,
  );
  const gates = Map.groupBy(
    all.flatMap((stats) => stats.gates),
    ({ app }) => app,
  );
  return {
    at: Math.max(0, ...all.map(({ at }) => at)),
    traffic: [...traffic.values()].map((entries) => entries.reduce(mergeTraffic)),
    gates: [...gates.values()].map((entries) =>
      entries.reduce((a, b) => ({
        app: a.app,
        state: SHUT.indexOf(a.state) >= SHUT.indexOf(b.state) ? a.state : b.state,
        waiting: a.waiting + b.waiting,
      })),
    ),
  };
}

const SHUT = ["open", "held", "closed"];

const mergeTraffic = (a: SlotTraffic, b: SlotTraffic): SlotTraffic => ({
  ...a,
  requests: a.requests + b.requests,
  failed: a.failed + b.failed,
  writes: a.writes + b.writes,
  writesFailed: a.writesFailed + b.writesFailed,
  inFlight: a.inFlight + b.inFlight,
  streams: a.streams + b.streams,
  oldAssets: a.oldAssets + b.oldAssets,
  perSecond: a.perSecond + b.perSecond,
  p50Ms: worst(a.p50Ms, b.p50Ms),
  p95Ms: worst(a.p95Ms, b.p95Ms),
  answers: addUp(a.answers, b.answers),
  latencies: {
    counts: addUp(a.latencies.counts, b.latencies.counts),
    sumMs: a.latencies.sumMs + b.latencies.sumMs,
  },
});

const worst = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

/** What a worker that is gone leaves behind: its totals, but nothing that is under way. */
export const onlyTotals = (stats: Stats): Stats => ({
  at: stats.at,
  traffic: stats.traffic.map((entry) => ({
    ...entry,
    inFlight: 0,
    streams: 0,
    perSecond: 0,
    p50Ms: null,
    p95Ms: null,
  })),
  gates: [],
});
