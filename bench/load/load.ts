/**
 * An open-loop load on the example shop: requests come at a fixed rate whatever the answers do, and each one's
 * latency counts from the moment it was due, so a stall is seen by all who would have come during it.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { type Ledger, now } from "../ledger/ledger.ts";
import { openExchange } from "./exchange.ts";
import { type LoadReport, loadReport, type ReportOptions } from "./report.ts";
import { longest, type Range, Samples } from "./samples.ts";
import { arrivals } from "./schedule.ts";
import { type Result, shopTraffic } from "./traffic.ts";

export interface LoadOptions {
  /** On 127.0.0.1. */
  gatewayPort: number;
  /** The domain, sent as the Host header. */
  host: string;
  readsPerSecond: number;
  writesPerSecond: number;
  ledger: Ledger;
  /** From the due time; a write that takes longer is `unknown`. Default 15,000. */
  timeoutMs?: number;
  /** Sockets at most. Default 1,024. */
  connections?: number;
  /** Default true; see TrafficOptions. */
  counts?: boolean;
  signal?: AbortSignal;
}

export interface Load {
  readonly samples: Samples;
  /** Notes a moment (epoch ms, returned) for the report. */
  mark(name: string): number;
  /** The longest time that any request waited that was waiting at some moment of the range, in milliseconds. */
  stallBetween(from: number, to: number): number;
  /** Resolves when nothing in flight has waited for longer than this, or after `timeoutMs`. */
  calm(waitedMs: number, timeoutMs: number): Promise<void>;
  /** No new writes; resolves when those in flight are answered or timed out. Reads go on. */
  pauseWrites(): Promise<void>;
  resumeWrites(): void;
  /** One upload more, now, whose body takes `overMs` to arrive: a request that runs for long. */
  slowUpload(overMs: number): void;
  /** No new requests; resolves when those in flight are answered or timed out. Harmless when repeated. */
  stop(): Promise<void>;
  report(options?: ReportOptions): LoadReport;
}

export function startLoad(options: LoadOptions): Load {
  const { ledger, timeoutMs = 15_000 } = options;
  const exchange = openExchange(options.gatewayPort, options.host, options.connections ?? 1_024);
  const traffic = shopTraffic(exchange, ledger, { counts: options.counts });
  const samples = new Samples();
  const marks: { name: string; at: number }[] = [];
  const startedAt = now();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();

  const run = (write: boolean, send: (timeoutMs: number) => Promise<Result>) => async (due: number) => {
    const sample = samples.begin(write, due);
    const result = await send(Math.max(1, timeoutMs - (now() - due)));
    sample.kind = result.kind;
    samples.end(sample, now(), result.ending, result.reason);
    settled.forEach((check) => {
      check();
    });
  };
  const settled = new Set<() => void>();
  const reads = arrivals(options.readsPerSecond, run(false, traffic.read), now);
  const writes = arrivals(options.writesPerSecond, run(true, traffic.write), now);

  const until = (done: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!done()) return;
        settled.delete(check);
        resolve();
      };
      settled.add(check);
      check();
    });

  let stopped: Promise<void> | null = null;
  let endedAt: number | null = null;
  const stop = () => {
    stopped ??= (async () => {
      reads.stop();
      writes.stop();
      endedAt = now();
      await until(() => samples.inFlight === 0);
      delay.disable();
      await exchange.close();
    })();
    return stopped;
  };
  options.signal?.addEventListener("abort", () => void stop(), { once: true });

  return {
    samples,
    mark(name) {
      const at = now();
      marks.push({ name, at });
      return at;
    },
    stallBetween: (from, to) => longest(samples.overlapping({ from, to } satisfies Range), now()),
    async calm(waitedMs, timeoutMs) {
      const deadline = now() + timeoutMs;
      const oldest = () => longest(samples.open(), now());
      while (oldest() > waitedMs && now() < deadline) await sleep(50);
    },
    async pauseWrites() {
      writes.pause();
      await until(() => samples.writesInFlight === 0);
    },
    resumeWrites: () => {
      if (!stopped) writes.resume();
    },
    slowUpload: (overMs) => {
      if (!stopped) void run(true, (timeoutMs) => traffic.slowUpload(timeoutMs, overMs))(now());
    },
    stop,
    report: (reportOptions) =>
      loadReport(samples, {
        ...reportOptions,
        marks,
        seconds: ((endedAt ?? now()) - startedAt) / 1_000,
        generatorLagMaxMs: delay.max / 1e6,
      }),
  };
}
