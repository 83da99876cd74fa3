import type { SlotName } from "#lib/engine/model.ts";
import type { TrafficView } from "#lib/operations/views.ts";

export interface SlotTraffic {
  perSecond: number;
  failedPerSecond: number;
  inFlight: number;
  streams: number;
  p50Ms: number | null;
  p95Ms: number | null;
}

const quiet: SlotTraffic = {
  perSecond: 0,
  failedPerSecond: 0,
  inFlight: 0,
  streams: 0,
  p50Ms: null,
  p95Ms: null,
};

/** A slot's traffic over all its domains; latencies are those of the busier audience. Null: no gateway answers. */
export function slotTraffic(traffic: TrafficView | undefined, slot: SlotName): SlotTraffic | null {
  if (!traffic?.slots) return null;
  const parts = traffic.slots.filter((each) => each.slot === slot).sort((a, b) => b.perSecond - a.perSecond);
  const sum = (key: "perSecond" | "failedPerSecond" | "inFlight" | "streams") =>
    parts.reduce((total, part) => total + part[key], 0);
  return {
    ...quiet,
    perSecond: sum("perSecond"),
    failedPerSecond: sum("failedPerSecond"),
    inFlight: sum("inFlight"),
    streams: sum("streams"),
    p50Ms: parts[0]?.p50Ms ?? null,
    p95Ms: parts[0]?.p95Ms ?? null,
  };
}

/** The chart in words. */
export function describeSeries(values: (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return "Requests per second: nothing measured yet.";
  const figure = (value: number) => (value < 10 ? value.toFixed(1) : String(Math.round(value)));
  return `Requests per second, last ${known.length} s: now ${figure(last)}, lowest ${figure(Math.min(...known))}, highest ${figure(Math.max(...known))}.`;
}
