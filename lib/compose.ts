/** The only file that knows every driver. */
import type { Environment } from "#lib/config/environment.ts";
import type { Home } from "#lib/config/home.ts";
import { connections, derivedSecret, readSecretKey } from "#lib/config/open-home.ts";
import { createPostgresData } from "#lib/drivers/data/postgres.ts";
import { createProcessRuntime } from "#lib/drivers/runtime/process.ts";
import { systemClock } from "#lib/engine/system-clock.ts";
import type { World } from "#lib/engine/world.ts";
import type { Catalog } from "#lib/engine-service/catalog.ts";
import { lostRows } from "#lib/engine-service/lost-rows.ts";
import { createGateways } from "#lib/gateway/client.ts";
import type { Logger } from "#lib/observability/log.ts";
import { readAppRoutes } from "#lib/store/app-routes.ts";
import type { Store } from "#lib/store/client.ts";

export interface ComposeOptions {
  environment: Environment;
  home: Home;
  store: Store;
  catalog: Catalog;
  log: Logger;
}

/** The world that plans act on. Slot processes are adopted before it resolves. */
export async function composeWorld(options: ComposeOptions): Promise<World & { dispose(): Promise<void> }> {
  const { environment, home, store, catalog, log } = options;
  const secretKey = readSecretKey(home);
  const runtime = await createProcessRuntime({ home }, (what, error) => log.warn({ err: error }, what));
  const postgres = createPostgresData({
    adminUrl: connections(home, environment).data,
    passwordFor: (role) => derivedSecret(secretKey, `role ${role}`),
    exclude: catalog.exclude,
    envName: catalog.envName,
  });
  return {
    clock: systemClock,
    runtime,
    data: [postgres],
    gateways: createGateways({ home }),
    routes: (app) => readAppRoutes(store, app),
    manifest: (text, app) => catalog.read(text, app),
    lostRows: lostRows(home),
    async dispose() {
      await runtime.dispose();
      await postgres.dispose();
    },
  };
}
