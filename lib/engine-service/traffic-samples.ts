/** What visitors of each slot met, look by look, for the last minutes. In memory: a new engine begins with nothing. */

import type { SlotName } from "#lib/engine/model.ts";
import { addTallies, emptyTally, since, type Tally } from "#lib/engine/tally.ts";
import type { GatewayStats } from "#lib/gateway/all-stats.ts";

interface Sample {
  from: number;
  to: number;
  tally: Tally;
}

/** A window may be held for long, and what came before it is asked for after it. Milliseconds. */
const KEPT_MS = 30 * 60_000;
/** Whose counters are remembered: more than there are, also while new ones take over. */
const GATEWAYS = 100;

export class TrafficSamples {
  /** What each gateway's counters stood at. */
  private readonly stands = new Map<string, Map<string, Tally>>();
  private readonly samples = new Map<string, Sample[]>();
  private lastAt: number | null = null;

  /** What the gateways that answered count at `at` (milliseconds, rising). */
  add(at: number, gateways: Map<string, Pick<GatewayStats, "traffic">>): void {
    const came = new Map<string, Tally>();
    for (const [gateway, { traffic }] of gateways) {
      const before = this.stands.get(gateway);
      const stand = new Map<string, Tally>();
      for (const { app, slot, audience, latencies, ...counted } of traffic) {
        if (audience !== "public") continue;
        const key = keyOf(app, slot);
        const { requests, failed, writes, writesFailed } = counted;
        const now = { requests, failed, writes, writesFailed, latencies: latencies.counts };
        stand.set(key, now);
        // At its first look nobody knows since when it has counted.
        const more = before ? since(now, before.get(key) ?? emptyTally()) : emptyTally();
        came.set(key, addTallies(came.get(key) ?? emptyTally(), more));
      }
      // The newest last: those that are gone go first.
      this.stands.delete(gateway);
      this.stands.set(gateway, stand);
    }
    for (const gone of [...this.stands.keys()].slice(0, -GATEWAYS)) this.stands.delete(gone);
    for (const [key, tally] of came) {
      if (tally.requests === 0 && tally.failed === 0) continue;
      const kept = (this.samples.get(key) ?? []).filter(({ to }) => to > at - KEPT_MS);
      this.samples.set(key, [...kept, { from: this.lastAt ?? at, to: at, tally }]);
    }
    this.lastAt = at;
  }

  /** Wholly within that time. */
  between(app: string, slot: SlotName, from: number, to: number): Tally {
    return total(this.of(app, slot).filter((sample) => sample.from >= from && sample.to <= to));
  }

  /** The last `spanMs`, or further back until there are `least` requests, but not beyond `from`. */
  latest(
    app: string,
    slot: SlotName,
    { from, spanMs, least }: { from: number; spanMs: number; least: number },
  ) {
    const at = this.lastAt ?? 0;
    const all = this.of(app, slot).filter((sample) => sample.from >= from);
    let tally = emptyTally();
    for (const sample of all.toReversed()) {
      if (sample.to <= at - spanMs && tally.requests >= least) break;
      tally = addTallies(tally, sample.tally);
    }
    const last = all.at(-1);
    return { tally, fresh: last !== undefined && last.to === at && last.tally.requests > 0 };
  }

  private of(app: string, slot: SlotName): Sample[] {
    return this.samples.get(keyOf(app, slot)) ?? [];
  }
}

const keyOf = (app: string, slot: SlotName): string => `${app} ${slot}`;

const total = (samples: Sample[]): Tally =>
  samples.map(({ tally }) => tally).reduce(addTallies, emptyTally());
