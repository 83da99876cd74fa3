/** The same figures as `stats`, for Prometheus. Labels are apps, slots and audiences: as many as are configured. */
import { Counter, Gauge, Registry } from "prom-client";
import type { Answer } from "./control.ts";

const LABELS = ["app", "slot", "audience"] as const;

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = this.#counter("signalbox_requests_total", "Requests passed to a slot.");
  readonly #failed = this.#counter("signalbox_requests_failed_total", "Answered 5xx by a slot, or cut off.");
  readonly #inFlight = this.#gauge("signalbox_requests_in_flight", "Requests under way to a slot.");
  readonly #streams = this.#gauge("signalbox_streams", "Open WebSockets and event streams.");
  readonly #p50 = this.#gauge(
    "signalbox_latency_p50_seconds",
    "Median time to a slot's first byte, last 10 s.",
  );
  readonly #p95 = this.#gauge("signalbox_latency_p95_seconds", "95th percentile of the same.");
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

  async render(stats: Answer<"stats">): Promise<{ contentType: string; text: string }> {
    this.#registry.resetMetrics();
    for (const { app, slot, audience, ...figures } of stats.traffic) {
      const labels = { app, slot, audience };
      this.#requests.inc(labels, figures.requests);
      this.#failed.inc(labels, figures.failed);
      this.#inFlight.set(labels, figures.inFlight);
      this.#streams.set(labels, figures.streams);
      if (figures.p50Ms !== null) this.#p50.set(labels, figures.p50Ms / 1000);
      if (figures.p95Ms !== null) this.#p95.set(labels, figures.p95Ms / 1000);
    }
    for (const { app, state, waiting } of stats.gates) {
      this.#waiting.set({ app }, waiting);
      for (const each of ["open", "held", "closed"])
        this.#gate.set({ app, state: each }, each === state ? 1 : 0);
    }
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #counter(name: string, help: string) {
    return new Counter({ name, help, labelNames: LABELS, registers: [this.#registry] });
  }

  #gauge(name: string, help: string) {
    return new Gauge({ name, help, labelNames: LABELS, registers: [this.#registry] });
  }
}
