/**
 * The same figures as `stats`, for Prometheus. Labels are apps, slots, audiences and classes of status: as many as
 * are configured, whatever visitors ask for.
 */
import { Counter, Gauge, Registry } from "prom-client";
import type { Answer, SlotTraffic } from "./control.ts";
import { LATENCY_BOUNDS_MS } from "./latencies.ts";

const LABELS = ["app", "slot", "audience"] as const;
const FIRST_BYTE = "signalbox_first_byte_seconds";

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = this.#counter("signalbox_requests_total", "Requests passed to a slot.");
  readonly #failed = this.#counter("signalbox_requests_failed_total", "Answered 5xx by a slot, or cut off.");
  readonly #inFlight = this.#gauge("signalbox_requests_in_flight", "Requests under way to a slot.");
  readonly #streams = this.#gauge("signalbox_streams", "Open WebSockets and event streams.");
  readonly #oldAssets = this.#counter(
    "signalbox_old_assets_total",
    "Files that a slot gave because the live one answered 404.",
  );
  readonly #answers = new Counter({
    name: "signalbox_answers_total",
    help: "Answers of a slot by class of status.",
    labelNames: [...LABELS, "status"] as const,
    registers: [this.#registry],
  });
  readonly #waiting = new Gauge({
    name: "signalbox_requests_waiting",
    help: "Requests that wait at the gate.",
    labelNames: ["app"] as const,
    registers: [this.#registry],
  });
  readonly #gate = new Gauge({
    name: "signalbox_gate",
    help: "1 for the state that the public gate is in.",
    labelNames: ["app", "state"] as const,
    registers: [this.#registry],
  });
  readonly #workers = new Gauge({
    name: "signalbox_gateway_workers",
    help: "Processes that take visitors' connections, those on their way out included.",
    registers: [this.#registry],
  });

  async render(stats: Answer<"stats">, workers = 1): Promise<{ contentType: string; text: string }> {
    this.#registry.resetMetrics();
    this.#workers.set(workers);
    for (const { app, slot, audience, ...figures } of stats.traffic) {
      const labels = { app, slot, audience };
      this.#requests.inc(labels, figures.requests);
      this.#failed.inc(labels, figures.failed);
      this.#inFlight.set(labels, figures.inFlight);
      this.#streams.set(labels, figures.streams);
      this.#oldAssets.inc(labels, figures.oldAssets);
      figures.answers.forEach((count, at) => {
        if (count > 0) this.#answers.inc({ ...labels, status: `${at + 1}xx` }, count);
      });
    }
    for (const { app, state, waiting } of stats.gates) {
      this.#waiting.set({ app }, waiting);
      for (const each of ["open", "held", "closed"])
        this.#gate.set({ app, state: each }, each === state ? 1 : 0);
    }
    const text = `${await this.#registry.metrics()}${histogram(stats.traffic)}`;
    return { contentType: this.#registry.contentType, text };
  }

  #counter(name: string, help: string) {
    return new Counter({ name, help, labelNames: LABELS, registers: [this.#registry] });
  }

  #gauge(name: string, help: string) {
    return new Gauge({ name, help, labelNames: LABELS, registers: [this.#registry] });
  }
}

/** By hand, because prom-client's takes single observations and we have counts. Names of apps need no escapes. */
function histogram(traffic: SlotTraffic[]): string {
  const lines = [`# HELP ${FIRST_BYTE} Time to a slot's first byte.`, `# TYPE ${FIRST_BYTE} histogram`];
  for (const { app, slot, audience, latencies } of traffic) {
    const labels = `app="${app}",slot="${slot}",audience="${audience}"`;
    let below = 0;
    for (const [at, bound] of [...LATENCY_BOUNDS_MS, Number.POSITIVE_INFINITY].entries()) {
      below += latencies.counts[at] ?? 0;
      const le = bound === Number.POSITIVE_INFINITY ? "+Inf" : bound / 1000;
      lines.push(`${FIRST_BYTE}_bucket{${labels},le="${le}"} ${below}`);
    }
    lines.push(
      `${FIRST_BYTE}_sum{${labels}} ${latencies.sumMs / 1000}`,
      `${FIRST_BYTE}_count{${labels}} ${below}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
