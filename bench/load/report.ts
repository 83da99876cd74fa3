/** The figures of a load, as the visitors saw them. */
import { now } from "../ledger/ledger.ts";
import { longest, percentiles, type Range, type Sample, type Samples, waited } from "./samples.ts";

/** A request that got through during a hold counts as held from here on; without a hold it takes a few ms. */
const HELD_FROM_MS = 50;

export interface ReportOptions {
  /** Times during which a hold stood (a swap's or a rollback's run). */
  holds?: Range[];
  /** Times during which a person's maintenance lock stood: refusals there are what was asked for. */
  closed?: Range[];
}

export interface LoadReport {
  seconds: number;
  requests: {
    total: number;
    ok: number;
    /** Not answered 2xx, refusals outside of `closed` included. */
    failed: number;
    /** Refused while a person's maintenance lock stood. */
    closed: number;
    /** Waited longer than 50 ms during a hold, and got through. */
    held: number;
    inFlight: number;
  };
  reads: Latency;
  writes: Latency;
  /** Reasons of failures with how often each occurred. */
  failures: Record<string, number>;
  marks: { name: string; at: number }[];
  /** How late the generator itself was at worst: waits below this are not the product's. */
  generatorLagMaxMs: number;
}

interface Latency {
  perSecond: number;
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  maxMs: number;
}

export function loadReport(
  samples: Samples,
  context: ReportOptions & {
    marks: { name: string; at: number }[];
    seconds: number;
    generatorLagMaxMs: number;
  },
): LoadReport {
  const at = now();
  const { seconds } = context;
  const all = samples.all();
  const closed = new Set((context.closed ?? []).flatMap((range) => samples.overlapping(range)));
  const held = new Set(
    (context.holds ?? [])
      .flatMap((range) => samples.overlapping(range))
      .filter((sample) => sample.ending === "ok" && waited(sample, at) > HELD_FROM_MS),
  );
  const requests = { total: samples.total, ok: 0, failed: 0, closed: 0, held: held.size, inFlight: 0 };
  const failures: Record<string, number> = {};
  for (const sample of all) {
    if (sample.ending === null) requests.inFlight++;
    else if (sample.ending === "ok") requests.ok++;
    else if (sample.ending === "refused" && closed.has(sample)) requests.closed++;
    else {
      requests.failed++;
      const reason = `${sample.write ? "write" : "read"}: ${sample.reason}`;
      failures[reason] = (failures[reason] ?? 0) + 1;
    }
  }
  return {
    seconds,
    requests,
    reads: latency(
      all.filter((sample) => !sample.write),
      at,
      seconds,
    ),
    writes: latency(
      all.filter((sample) => sample.write),
      at,
      seconds,
    ),
    failures,
    marks: context.marks,
    generatorLagMaxMs: context.generatorLagMaxMs,
  };
}

function latency(samples: readonly Sample[], at: number, seconds: number): Latency {
  const { 50: p50Ms, 95: p95Ms, 99: p99Ms } = percentiles(samples, [50, 95, 99] as const);
  return { perSecond: samples.length / seconds, p50Ms, p95Ms, p99Ms, maxMs: longest(samples, at) };
}
