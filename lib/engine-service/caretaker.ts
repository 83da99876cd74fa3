/** Goes round the apps that no run is busy with: sets right, looks, measures the way back. */
import type { Home } from "#lib/config/home.ts";
import { messageOf } from "#lib/engine/retry.ts";
import type { Facts, World, Worlds } from "#lib/engine/world.ts";
import type { Logger } from "#lib/observability/log.ts";
import type { Store } from "#lib/store/client.ts";
import { readFacts } from "#lib/store/read-facts.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import { measureWayBack, observeSlots } from "./observe.ts";
import { reconcile } from "./reconcile.ts";
import type { EngineSession } from "./session.ts";

export interface CaretakerOptions {
  store: Store;
  session: EngineSession;
  worlds: Worlds;
  home: Home;
  hands: KeyedLock;
  log: Logger;
}

const ROUND_MS = 2_000;
const RECONCILE_EVERY = 3;
/** The way back is measured again after so many times as long as it took, so that it costs live a few per cent. */
const MEASURE_REST = 20;

export class Caretaker {
  private readonly options: CaretakerOptions;
  private readonly measureAt = new Map<string, number>();
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
  }

  private async goRound(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await this.round().catch((error) => {
        this.options.log.warn({ error: messageOf(error) }, "could not look after the apps");
      });
      this.rounds++;
      await this.options.worlds.clock.sleep(ROUND_MS, signal).catch(() => {});
    }
  }

  private async round(): Promise<void> {
    const { store, session, worlds, home, hands, log } = this.options;
    const apps = await store.app.findMany({ where: { removedAt: null }, select: { name: true } });
    for (const { name } of apps) {
      if (this.ending.signal.aborted || !session.held()) return;
      const world = await worlds.of(name);
      if (this.rounds % RECONCILE_EVERY === 0) {
        await hands.run(name, async () => {
          if (await busy(store, name)) return;
          const { epoch } = await store.app.findUniqueOrThrow({ where: { name }, select: { epoch: true } });
          await reconcile({ world, facts: await readFacts(store, name), token: epoch, home, log });
        });
      }
      const facts = await readFacts(store, name);
      await observeSlots(store, world, facts);
      if (!(await busy(store, name))) await this.measure(world, facts);
    }
  }

  private async measure(world: World, facts: Facts): Promise<void> {
    if (performance.now() < (this.measureAt.get(facts.app) ?? 0)) return;
    const start = performance.now();
    await measureWayBack(this.options.store, world, facts, this.ending.signal);
    const end = performance.now();
    this.measureAt.set(facts.app, end + MEASURE_REST * (end - start));
  }
}

const busy = async (store: Store, app: string): Promise<boolean> =>
  (await store.run.count({ where: { app: { name: app }, finishedAt: null } })) > 0;
