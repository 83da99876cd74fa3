/** Goes round the apps that no run is busy with: sets right, looks, measures the way back. */
import type { Home } from "#lib/config/home.ts";
import { otherSlot, SLOT_NAMES, type Verb } from "#lib/engine/model.ts";
import { StaleToken, type Tending } from "#lib/engine/ports.ts";
import { messageOf } from "#lib/engine/retry.ts";
import { type Facts, slotRef, type World, type Worlds } from "#lib/engine/world.ts";
import type { Logger } from "#lib/observability/log.ts";
import type { Store } from "#lib/store/client.ts";
import { readFacts } from "#lib/store/read-facts.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import { measureWayBack, observeSlots } from "./observe.ts";
import { reconcile } from "./reconcile.ts";
import type { EngineSession } from "./session.ts";
import { sweepReleases } from "./sweep.ts";

export interface CaretakerOptions {
  store: Store;
  session: EngineSession;
  worlds: Worlds;
  home: Home;
  hands: KeyedLock;
  log: Logger;
}

const ROUND_MS = 2_000;
/** So many apps are looked at side by side; one whose server answers slowly does not keep the others waiting. */
const SIDE_BY_SIDE = 4;
const RECONCILE_EVERY = 3;
/** A multiple of it: about every five minutes. */
const SWEEP_UPLOADS_EVERY = 50 * RECONCILE_EVERY;
/** The way back is measured again after so many times as long as it took, so that it costs live a few per cent. */
const MEASURE_REST = 20;
/** Where nothing was written since: looked at again this often all the same. Milliseconds. */
const UNCHANGED_MS = 60_000;

export class Caretaker {
  private readonly options: CaretakerOptions;
  private readonly measureAt = new Map<string, number>();
  private readonly measured = new Map<string, { mark: string; at: number }>();
  private readonly tending = new Map<string, Promise<void>>();
  /** Apps that are to be set right. */
  private readonly due = new Set<string>();
  private readonly ending = new AbortController();
  private rounds = 0;
  private running: Promise<void> = Promise.resolve();

  constructor(options: CaretakerOptions) {
    this.options = options;
  }

  start(): void {
    this.running = this.goRound();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
    await Promise.all(this.tending.values());
  }

  private async goRound(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await this.round().catch((error) => this.warn(error));
      this.rounds++;
      await this.options.worlds.clock.sleep(ROUND_MS, signal).catch(() => {});
    }
  }

  private warn(error: unknown, app?: string): void {
    this.options.log.warn({ app, error: messageOf(error) }, "could not look after the apps");
  }

  private async round(): Promise<void> {
    const { store, session } = this.options;
    const apps = await store.app.findMany({ where: { removedAt: null }, select: { name: true } });
    const names = apps.map(({ name }) => name);
    if (this.rounds % RECONCILE_EVERY === 0) for (const name of names) this.due.add(name);
    const next = names.values();
    const goAlong = async () => {
      for (const name of next) {
        if (this.ending.signal.aborted || !session.held()) return;
        await this.visit(name).catch((error) => this.warn(error, name));
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, goAlong));
  }

  private async visit(name: string): Promise<void> {
    const { store, worlds } = this.options;
    const world = await worlds.of(name);
    await this.setRight(name, world);
    const facts = await readFacts(store, name);
    // Visitors may be waiting: nothing but the switch then.
    if (await busy(store, name, SWITCHES)) return;
    await observeSlots(store, world, facts);
    if (await busy(store, name)) return;
    this.tend(name, world);
    await this.measure(world, facts);
  }

  /** An app that a run has in hand is set right in a later round: its run may take long, and the others do not wait. */
  private async setRight(name: string, world: World): Promise<void> {
    const { store, home, hands, log } = this.options;
    if (!this.due.has(name) || hands.taken(name)) return;
    this.due.delete(name);
    await hands.run(name, async () => {
      if (await busy(store, name)) return;
      const { epoch } = await store.app.findUniqueOrThrow({ where: { name }, select: { epoch: true } });
      await reconcile({ world, facts: await readFacts(store, name), token: epoch, home, log });
      await sweepReleases(store, world, name, log);
      if (this.rounds % SWEEP_UPLOADS_EVERY === 0) await world.sources.sweep(name);
    });
  }

  /** May take long, so nothing waits for it; a run that wants the data ends it. */
  private tend(app: string, world: World): void {
    if (this.tending.has(app) || !world.data.some((driver) => driver.tend)) return;
    const { store, log } = this.options;
    const { signal } = this.ending;
    const work = async () => {
      // The epoch before the rest: its own run is over then, and whoever claimed one in between has made it stale.
      const { epoch: token } = await store.app.findUniqueOrThrow({
        where: { name: app },
        select: { epoch: true },
      });
      if (await busy(store, app)) return;
      const facts = await readFacts(store, app);
      const clones = SLOT_NAMES.filter((slot) => facts.slots[slot].preview);
      for (const driver of world.data)
        await driver.tend?.({ app, token, feed: feedOf(facts), clones, signal });
    };
    const tended = work()
      .catch((error) => {
        if (error instanceof StaleToken || signal.aborted) return;
        log.warn({ app, error: messageOf(error) }, "could not follow the live slot");
      })
      .finally(() => this.tending.delete(app));
    this.tending.set(app, tended);
  }

  private async measure(world: World, facts: Facts): Promise<void> {
    if (performance.now() < (this.measureAt.get(facts.app) ?? 0)) return;
    const start = performance.now();
    const mark = await changeMark(world, facts);
    const last = this.measured.get(facts.app);
    // Whether a feed still runs can't be told by what was written.
    const fed = facts.slots.blue.fed || facts.slots.green.fed;
    if (!fed && mark !== null && last?.mark === mark && start - last.at < UNCHANGED_MS) return;
    if (mark !== null) this.measured.set(facts.app, { mark, at: start });
    await measureWayBack(this.options.store, world, facts, this.ending.signal);
    const end = performance.now();
    this.measureAt.set(facts.app, end + MEASURE_REST * (end - start));
  }
}

/** Which slot's changes go to the other; null while nothing is live or there is nobody to follow. */
function feedOf({ live, slots }: Facts): Tending["feed"] {
  if (live === null) return null;
  const { dataState, release, fed } = slots[otherSlot(live)];
  if (dataState === "empty" || !release) return null;
  return { from: live, exact: dataState !== "scratch", stream: fed };
}

/** Null where a store can't tell whether it changed. */
async function changeMark(world: World, facts: Facts): Promise<string | null> {
  const { live } = facts;
  const resting = live && facts.slots[otherSlot(live)].dataState === "resting";
  if (!live || !resting) return null;
  const marks: string[] = [live, String(facts.slots[otherSlot(live)].release?.id)];
  for (const driver of world.data) {
    if (driver.capabilities.feedsBack) continue;
    if (!driver.changeMark) return null;
    for (const slot of SLOT_NAMES) marks.push(await driver.changeMark(slotRef(facts, slot)));
  }
  return marks.join(" ");
}

const SWITCHES: Verb[] = ["swap", "rollback", "publish"];

/** Whether a run of these kinds (default: any) is asked for or under way. */
const busy = async (store: Store, app: string, kinds?: Verb[]): Promise<boolean> =>
  (await store.run.count({
    where: { app: { name: app }, finishedAt: null, ...(kinds && { kind: { in: kinds } }) },
  })) > 0;
