/** Conducts runs and looks after the apps. Its end, however it comes, stops no app. */
import { composeWorld } from "#lib/compose.ts";
import { readEnvironment } from "#lib/config/environment.ts";
import { connections, openHome } from "#lib/config/open-home.ts";
import { Caretaker } from "#lib/engine-service/caretaker.ts";
import { Catalog } from "#lib/engine-service/catalog.ts";
import { serveControl } from "#lib/engine-service/control-server.ts";
import { KeyedLock } from "#lib/engine-service/keyed-lock.ts";
import { EngineService } from "#lib/engine-service/service.ts";
import { openSession } from "#lib/engine-service/session.ts";
import { createLog } from "#lib/observability/log.ts";
import { openStore } from "#lib/store/client.ts";

const environment = readEnvironment();
const home = openHome(environment);
const log = createLog("engine");
const url = connections(home, environment).store;
const ending = new AbortController();

const session = await openSession({
  url,
  signal: ending.signal,
  onReplaced: () => {
    log.fatal("another engine works now; this one ends");
    process.exit(1);
  },
  onTrouble: (what, error) => log.warn({ err: error }, what),
});
log.info("this engine works");

const store = openStore(url, { maxConnections: 8, name: "signalbox engine" });
const catalog = new Catalog();
const world = await composeWorld({ environment, home, store, catalog, log });
const hands = new KeyedLock();
const service = new EngineService({ store, session, world, catalog, hands, log });
const caretaker = new Caretaker({ store, session, world, catalog, home, hands, log });
service.start();
caretaker.start();
const closeControl = await serveControl({ home, store, world });

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    ending.abort();
    await Promise.allSettled([closeControl(), caretaker.stop(), service.stop()]);
    await world.dispose();
    await session.close();
    await store.$disconnect();
    process.exit(0);
  });
}
