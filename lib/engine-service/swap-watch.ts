/**
 * Looks at what visitors meet, all the time, and after a swap says whether they are worse off than before it. Where
 * the app's settings say so, it asks for a rollback when that is so for sure and loses nothing.
 */
import { appSettings } from "#lib/config/app-settings.ts";
import type { Home } from "#lib/config/home.ts";
import { otherSlot } from "#lib/engine/model.ts";
import type { Clock } from "#lib/engine/ports.ts";
import { messageOf } from "#lib/engine/retry.ts";
import { judge } from "#lib/engine/watch.ts";
import { readWatchState, type WatchState } from "#lib/engine/watch-state.ts";
import { allStats } from "#lib/gateway/all-stats.ts";
import { LATENCY_BOUNDS_MS } from "#lib/gateway/latencies.ts";
import type { Logger } from "#lib/observability/log.ts";
import type { Store } from "#lib/store/client.ts";
import { keepWatch, type OpenWatch, openWatches } from "#lib/store/watch.ts";
import type { EngineSession } from "./session.ts";
import { TrafficSamples } from "./traffic-samples.ts";

/** Asks for the rollback of an app from what the run `watched` made live. Rejects with the reason why not. */
export type GoBack = (
  parts: { store: Store; home: Home },
  request: { app: string; watched: string; reasons: string[] },
) => Promise<{ run: { id: string } }>;

export interface SwapWatchOptions {
  store: Store;
  session: Pick<EngineSession, "held">;
  home: Home;
  clock: Clock;
  goBack: GoBack;
  log: Logger;
}

const LOOK_MS = 2_000;
/** How far back before the hold the usual is looked for, and how far back from now what is new. */
const BEFORE_MS = 5 * 60_000;
const AFTER_MS = 60_000;
const GATEWAY_MS = 800;

export class SwapWatch {
  private readonly options: SwapWatchOptions;
  private readonly samples = new TrafficSamples();
  private readonly ending = new AbortController();
  /** Per app: why the last wish to go back was refused, so that the log says it once. */
  private readonly refused = new Map<string, string>();
  /** Watches that this engine has looked at: of others' looks nothing is known but what they wrote. */
  private readonly mine = new Set<string>();
  private running: Promise<void> = Promise.resolve();

  constructor(options: SwapWatchOptions) {
    this.options = options;
  }

  start(): void {
    this.running = this.goOn();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private async goOn(): Promise<void> {
    const { clock, session, log } = this.options;
    const { signal } = this.ending;
    while (!signal.aborted) {
      if (session.held()) {
        await this.look().catch((error) =>
          log.warn({ error: messageOf(error) }, "could not watch the traffic"),
        );
      }
      await clock.sleep(LOOK_MS, signal).catch(() => {});
    }
  }

  private async look(): Promise<void> {
    const { store, home, log } = this.options;
    const { now, watches } = await openWatches(store);
    this.samples.add(now.getTime(), await allStats(home, GATEWAY_MS));
    for (const watch of watches) {
      await this.lookAt(watch, now).catch((error) => {
        log.warn({ app: watch.app, error: messageOf(error) }, "could not watch the swap");
      });
    }
  }

  private async lookAt(watch: OpenWatch, now: Date): Promise<void> {
    const settings = appSettings(watch.settings);
    const state = readWatchState(watch.state) ?? this.begin(watch, settings.watch.forMs);
    if (state === null || now.toISOString() > state.until) return;
    const { minRequests, graceMs } = settings.watch;
    const { tally, fresh } = this.samples.latest(watch.app, watch.slot, {
      from: Date.parse(state.since) + graceMs,
      spanMs: AFTER_MS,
      least: minRequests,
    });
    const judgement = judge(state.before, tally, settings.watch, LATENCY_BOUNDS_MS);
    const before = this.mine.has(watch.runId) ? state.badLooks : 0;
    this.mine.add(watch.runId);
    const badLooks = judgement.verdict === "bad" ? before + (fresh ? 1 : 0) : 0;
    const next: WatchState = { ...state, ...judgement, after: tally, badLooks };
    const sure = badLooks >= settings.watch.looks && state.automaticRun === null;
    if (sure && settings.autoRollback !== "off") next.automaticRun = await this.goBack(watch, next);
    await keepWatch(this.options.store, watch, next);
  }

  /** Null until visitors are served again after the switch. */
  private begin(watch: OpenWatch, forMs: number): WatchState | null {
    const { app, slot, kind, release, heldAt, releasedAt } = watch;
    if (!heldAt || !releasedAt) return null;
    const held = heldAt.getTime();
    return {
      kind,
      release,
      since: releasedAt.toISOString(),
      until: new Date(releasedAt.getTime() + forMs).toISOString(),
      before: this.samples.between(app, otherSlot(slot), held - BEFORE_MS, held),
      after: this.samples.between(app, slot, 0, 0),
      verdict: null,
      reasons: [],
      badLooks: 0,
      automaticRun: null,
    };
  }

  /** The run's id; null when it may not be now. */
  private async goBack(watch: OpenWatch, { reasons }: WatchState): Promise<string | null> {
    const { store, home, goBack, log } = this.options;
    const { app, runId } = watch;
    try {
      const { run } = await goBack({ store, home }, { app, watched: runId, reasons });
      log.warn({ app, run: run.id, reasons }, "the release is bad: going back to the one before it");
      return run.id;
    } catch (error) {
      const why = messageOf(error);
      if (this.refused.get(app) !== why)
        log.warn({ app, why, reasons }, "the release is bad, and going back may not be");
      this.refused.set(app, why);
      return null;
    }
  }
}
