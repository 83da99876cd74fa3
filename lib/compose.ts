/** The only file that knows every driver. */

import { join } from "node:path";
import { adoptedApps } from "#lib/compose-adopted.ts";
import type { Environment } from "#lib/config/environment.ts";
import { type Home, homePaths } from "#lib/config/home.ts";
import { connections, derivedSecret, readSecretKey } from "#lib/config/open-home.ts";
import { readKeyRing, seal, unseal } from "#lib/config/seal.ts";
import { Place } from "#lib/drivers/data/files/places.ts";
import { FileStore } from "#lib/drivers/data/files/store.ts";
import { createFilesData } from "#lib/drivers/data/files.ts";
import { createPostgresData, openDataServer } from "#lib/drivers/data/postgres.ts";
import { prepareSlot } from "#lib/drivers/runtime/process/user.ts";
import { createProcessRuntime } from "#lib/drivers/runtime/process.ts";
import { createSources } from "#lib/drivers/source/sources.ts";
import { systemClock } from "#lib/engine/system-clock.ts";
import type { Worlds } from "#lib/engine/world.ts";
import { Catalog } from "#lib/engine-service/catalog.ts";
import { lostRows } from "#lib/engine-service/lost-rows.ts";
import { createGateways } from "#lib/gateway/client.ts";
import type { Logger } from "#lib/observability/log.ts";
import { readAppRoutes } from "#lib/store/app-routes.ts";
import type { Store } from "#lib/store/client.ts";
import { forgetApp } from "#lib/store/forget-app.ts";
import { releaseShelf } from "#lib/store/release-shelf.ts";
import { serveBy } from "#lib/store/serve-by.ts";
import { readCredential } from "#lib/store/source-credentials.ts";
import { readVariables } from "#lib/store/variables.ts";

export interface ComposeOptions {
  environment: Environment;
  home: Home;
  store: Store;
  log: Logger;
}

/** The worlds that plans act on. Slot processes are adopted before it resolves. */
export async function composeWorlds(options: ComposeOptions): Promise<Worlds> {
  const { environment, home, store, log } = options;
  const secretKey = readSecretKey(home);
  const runtime = await createProcessRuntime({ home }, (what, error) => log.warn({ err: error }, what), {
    seal: (text, context) => seal(readKeyRing(home), text, context),
    unseal: (sealed, context) => unseal(readKeyRing(home), sealed, context),
    key: derivedSecret(secretKey, "process fingerprints"),
  });
  const dataServer = openDataServer(connections(home, environment).data);
  const greenServer = environment.greenDataUrl ? openDataServer(environment.greenDataUrl) : dataServer;
  const fileStore = new FileStore();
  const gateways = createGateways({ home });
  const sources = createSources({
    home,
    credential: (app, name) => readCredential(store, readKeyRing(home), app, name),
  });
  const passwordFor = (role: string) => derivedSecret(secretKey, `role ${role}`);
  const adopted = adoptedApps({ home, store, passwordFor });
  return {
    clock: systemClock,
    adoption: adopted.desk,
    async of(app) {
      const catalog = new Catalog();
      const [found] = await Promise.all([adopted.find(app), catalog.load(store, app)]);
      const postgres = createPostgresData({
        server: dataServer,
        greenServer,
        passwordFor,
        exclude: catalog.exclude,
        envName: catalog.envName,
        serverLog: environment.dataUrl ? null : join(homePaths(home).logs, "data.log"),
      });
      const files = createFilesData({
        app,
        store: fileStore,
        folders: () => catalog.folders(app),
        async place(slot) {
          const { paths, user } = await prepareSlot(home, slot, "auto");
          return new Place(paths.dir, user);
        },
      });
      const data = found?.data(catalog) ?? [postgres];
      if (!found && catalog.folders(app).length > 0) data.push(files);
      return {
        clock: systemClock,
        runtime: found?.runtime ?? runtime,
        data,
        gateways,
        sources,
        variables: (name, scope) => readVariables(store, readKeyRing(home), name, scope),
        routes: (name) => readAppRoutes(store, name),
        serveBy: (slot, instances, token) => serveBy(store, slot, instances, token),
        manifest(text, name) {
          const manifest = catalog.read(text, name);
          // A release that is installed in a run may be the first to name folders.
          if (!found && !data.includes(files) && catalog.folders(app).length > 0) data.push(files);
          return manifest;
        },
        lostRows: lostRows(home),
        releases: releaseShelf(store),
        forget: (runId) => forgetApp(store, runId),
      };
    },
    async dispose() {
      await runtime.dispose();
      await fileStore.dispose();
      await dataServer.dispose();
      await greenServer.dispose();
      await adopted.dispose();
    },
  };
}
