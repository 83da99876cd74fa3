/** The port that visitors reach. Serves from its last known routes, whether the store is there or not. */
import { readEnvironment } from "#lib/config/environment.ts";
import { connections, openHome, readPorts } from "#lib/config/open-home.ts";
import { dashboardAddress } from "#lib/gateway/dashboard-address.ts";
import { startGateway } from "#lib/gateway/gateway.ts";
import { startRouteFeed } from "#lib/gateway/route-feed.ts";
import { createLog } from "#lib/observability/log.ts";
import { readRoutes } from "#lib/store/routes.ts";

const log = createLog("gateway");
const environment = readEnvironment();
const home = openHome(environment);

const gateway = await startGateway({
  home,
  id: environment.gatewayId,
  host: environment.host,
  port: environment.port ?? readPorts(home).gateway,
  dashboardHosts: environment.dashboardHosts,
  dashboard: dashboardAddress(home),
  holdLimit: environment.holdLimit ?? undefined,
  onAnswered: environment.accessLog ? (entry) => log.info(entry, "request") : undefined,
}).catch((error: unknown) => {
  log.fatal({ err: error }, "the gateway can't start");
  process.exit(1);
});
log.info({ address: gateway.address, routes: gateway.routes.table.version }, "gateway is up");

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

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    log.info("stopping");
    await Promise.all([feed.stop(), gateway.stop()]);
    process.exit(0);
  });
}
