/** An engine from its environment to its end. */
import type { Environment } from "#lib/config/environment.ts";
import type { Home } from "#lib/config/home.ts";
import { connections, openHome } from "#lib/config/open-home.ts";
import type { Journal } from "#lib/engine/journal.ts";
import type { Worlds } from "#lib/engine/world.ts";
import type { Logger } from "#lib/observability/log.ts";
import { openStore, type Store } from "#lib/store/client.ts";
import { createJournal } from "#lib/store/journal.ts";
import { Caretaker } from "./caretaker.ts";
import { serveControl } from "./control-server.ts";
import { JobService } from "./jobs.ts";
import { KeyedLock } from "./keyed-lock.ts";
import { EngineService } from "./service.ts";
import { openSession } from "./session.ts";
import { type GoBack, SwapWatch } from "./swap-watch.ts";

export interface EngineOptions {
  environment: Environment;
  log: Logger;
  compose(parts: { environment: Environment; home: Home; store: Store; log: Logger }): Promise<Worlds>;
  /** How the engine asks for a rollback by itself. */
  goBack: GoBack;
  /** Another engine took over: nothing may be done any more. */
  onReplaced(): void;
  /** For tests that stop an engine at a chosen record. */
  wrapJournal?(journal: Journal): Journal;
}

/** Resolves once it works, which is when no other engine does. Returns what lets go of everything; apps run on. */
export async function startEngine(options: EngineOptions): Promise<{ stop(): Promise<void> }> {
  const { environment, log } = options;
  const home = openHome(environment);
  const url = connections(home, environment).store;
  const ending = new AbortController();
  const session = await openSession({
    url,
    signal: ending.signal,
    onReplaced: options.onReplaced,
    onTrouble: (what, error) => log.warn({ err: error }, what),
  });
  log.info("this engine works");

  const store = openStore(url, { maxConnections: 8, name: "signalbox engine" });
  const composed = await options.compose({ environment, home, store, log });
  const jobs = new JobService({ store, session, worlds: composed, home, log });
  const worlds: Worlds = { ...composed, of: async (app) => ({ ...(await composed.of(app)), jobs }) };
  const hands = new KeyedLock();
  const journal = (options.wrapJournal ?? ((same) => same))(createJournal(store));
  const service = new EngineService({ store, journal, session, worlds, hands, log });
  const caretaker = new Caretaker({ store, session, worlds, home, hands, log });
  const { clock } = worlds;
  const watch = new SwapWatch({ store, session, home, clock, goBack: options.goBack, log });
  await jobs.start();
  service.start();
  caretaker.start();
  watch.start();
  const { onWork } = session;
  session.onWork = () => {
    onWork();
    jobs.look();
  };
  const closeControl = await serveControl({ home, store, worlds, held: () => session.held() });

  return {
    async stop() {
      ending.abort();
      const all = [closeControl(), jobs.stop(), caretaker.stop(), watch.stop(), service.stop()];
      await Promise.allSettled(all);
      await worlds.dispose();
      await session.close();
      await store.$disconnect();
    },
  };
}
