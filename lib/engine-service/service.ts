/** The engine at work: claims runs, conducts them, renews what it holds, and sets right what drifted between runs. */

import { conduct } from "#lib/engine/conduct.ts";
import type { Journal } from "#lib/engine/journal.ts";
import type { Verb } from "#lib/engine/model.ts";
import { planFor } from "#lib/engine/plans/plan-for.ts";
import { StaleToken } from "#lib/engine/ports.ts";
import { messageOf } from "#lib/engine/retry.ts";
import type { Worlds } from "#lib/engine/world.ts";
import type { Logger } from "#lib/observability/log.ts";
import { type Claim, claimRun, recordFacts, renewLeases } from "#lib/store/claim.ts";
import type { Store } from "#lib/store/client.ts";
import { type RunFacts, readFacts } from "#lib/store/read-facts.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import type { EngineSession } from "./session.ts";

export interface ServiceOptions {
  store: Store;
  journal: Journal;
  session: EngineSession;
  worlds: Worlds;
  /** Per app: a run and the caretaker's repairs never act at once. */
  hands: KeyedLock;
  log: Logger;
}

const POLL_MS = 1_000;
const RENEW_MS = 500;

interface Active {
  claim: Claim;
  lost: AbortController;
  cancelled: AbortController;
  done: Promise<void>;
}

export class EngineService {
  private readonly options: ServiceOptions;
  private readonly active = new Map<string, Active>();
  private readonly timers: NodeJS.Timeout[] = [];
  private claiming: Promise<void> | null = null;
  private again = false;
  private stopping = false;

  constructor(options: ServiceOptions) {
    this.options = options;
  }

  start(): void {
    this.options.session.onWork = () => void this.work();
    this.timers.push(setInterval(() => void this.work(), POLL_MS));
    this.timers.push(setInterval(() => void this.renew(), RENEW_MS));
    void this.work();
  }

  /** Lets go: runs that are not done are taken up by the next engine where their record says. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const timer of this.timers) clearInterval(timer);
    for (const { lost } of this.active.values()) lost.abort();
    await Promise.allSettled([...this.active.values()].map(({ done }) => done));
  }

  /** Claims all that is free. Calls during a round make it go round once more. */
  private work(): Promise<void> {
    this.again = true;
    this.claiming ??= this.claimAll().finally(() => {
      this.claiming = null;
    });
    return this.claiming;
  }

  private async claimAll(): Promise<void> {
    const { store, session, log } = this.options;
    while (this.again && !this.stopping && session.held()) {
      this.again = false;
      try {
        await this.renew();
        for (;;) {
          const claim = await claimRun(store, session.key, [...this.active.keys()]);
          if (!claim) break;
          this.take(claim);
        }
      } catch (error) {
        log.warn({ error: messageOf(error) }, "could not look for runs");
      }
    }
  }

  private take(claim: Claim): void {
    const active: Active = {
      claim,
      lost: new AbortController(),
      cancelled: new AbortController(),
      done: Promise.resolve(),
    };
    if (claim.cancelRequested) active.cancelled.abort();
    this.active.set(claim.id, active);
    active.done = this.options.hands
      .run(claim.app, () => this.conductOne(active))
      .finally(() => this.active.delete(claim.id));
  }

  private async conductOne({ claim, lost, cancelled }: Active): Promise<void> {
    const { store, journal, session, worlds, log } = this.options;
    const run = { runId: claim.id, app: claim.app, kind: claim.kind, epoch: claim.epoch };
    try {
      let facts = claim.facts as RunFacts | null;
      if (facts === null) {
        facts = await readFacts(store, claim.app);
        await recordFacts(store, claim, facts);
      }
      log.info(run, "run taken up");
      const plan = planFor(claim.kind as Verb, await worlds.of(claim.app), facts, claim.input);
      const outcome = await conduct(claim, plan, {
        journal,
        clock: worlds.clock,
        lost: lost.signal,
        cancelled: cancelled.signal,
        held: () => session.held() && !lost.signal.aborted,
      });
      log.info({ ...run, outcome }, "run ended");
    } catch (error) {
      // Stale, or something broke that no step foresaw: the run stays as recorded and is claimed again.
      const level = error instanceof StaleToken ? "warn" : "error";
      log[level](
        { ...run, error: messageOf(error), stack: error instanceof Error ? error.stack : undefined },
        "run let go",
      );
    }
  }

  private async renew(): Promise<void> {
    const { store, log } = this.options;
    const mine = [...this.active.values()];
    if (mine.length === 0) return;
    try {
      const held = await renewLeases(
        store,
        mine.map(({ claim }) => claim),
      );
      for (const { claim, lost, cancelled } of mine) {
        const state = held.get(claim.id);
        if (!state && this.active.has(claim.id)) await this.unlessFinished(claim, lost);
        if (state?.cancelRequested) cancelled.abort();
      }
    } catch (error) {
      log.warn({ error: messageOf(error) }, "could not renew leases");
    }
  }

  private async unlessFinished(claim: Claim, lost: AbortController): Promise<void> {
    const row = await this.options.store.run.findUnique({
      where: { id: claim.id },
      select: { epoch: true, status: true },
    });
    if (row?.epoch !== claim.epoch) lost.abort();
  }
}
