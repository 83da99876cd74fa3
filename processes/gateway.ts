/** The port that visitors reach. Serves from its last known routes, whether the store is there or not. */
import { flushCompileCache } from "node:module";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { readEnvironment } from "#lib/config/environment.ts";
import { connections, openHome, readPorts } from "#lib/config/open-home.ts";
import { openFilesLimit } from "#lib/gateway/hold-limit.ts";
import { keepGateway } from "#lib/gateway/keeper.ts";
import { startRouteFeed } from "#lib/gateway/route-feed.ts";
import { createLog } from "#lib/observability/log.ts";
import { readRoutes } from "#lib/store/routes.ts";

/** More help little, as the apps want cores too. */
const MOST_WORKERS = 4;
/** Shorter than the supervisor's patience. */
const STOP_MS = 8_000;

const log = createLog("gateway");
const environment = readEnvironment();
const home = openHome(environment);

const gateway = await keepGateway({
  home,
  id: environment.gatewayId,
  host: environment.host,
  port: environment.port ?? readPorts(home).gateway,
  workers: environment.gatewayWorkers ?? Math.min(availableParallelism(), MOST_WORKERS),
  entry: join(import.meta.dirname, "gateway-worker.ts"),
  dashboardHosts: environment.dashboardHosts,
  metricsPort: environment.metricsPort ?? 0,
  instead: process.argv.includes("--instead"),
  say: (line, details) => log.warn(details ?? {}, line),
}).catch((error: unknown) => {
  log.fatal({ err: error }, "the gateway can't start");
  process.exit(1);
});
flushCompileCache();
log.info(
  { address: gateway.address, metrics: gateway.metrics, openFiles: openFilesLimit() },
  "gateway is up",
);

const feed = startRouteFeed({
  connectionString: () => environment.databaseUrl ?? connections(home, environment).store,
  readRoutes,
  apply: (table) => gateway.routes.setTable(table),
  onState: (state, error) =>
    state === "connected"
      ? log.info("routes follow the store")
      : log.warn(
          { reason: error instanceof Error ? error.message : String(error) },
          "the store is away; serving on from the last known routes",
        ),
});

process.on("SIGHUP", () => {
  log.info("replacing the workers");
  gateway.restart().then(
    () => log.info("the workers are replaced"),
    (error) => log.error({ err: error }, "new workers can't start; the old ones serve on"),
  );
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    log.info("stopping");
    await Promise.all([feed.stop(), gateway.stop(STOP_MS)]);
    process.exit(0);
  });
}
