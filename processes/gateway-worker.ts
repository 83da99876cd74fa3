/** One of the processes that serve visitors; started by processes/gateway.ts. */
import { readEnvironment } from "#lib/config/environment.ts";
import { openHome } from "#lib/config/open-home.ts";
import { dashboardAddress } from "#lib/gateway/dashboard-address.ts";
import { holdLimit } from "#lib/gateway/hold-limit.ts";
import { runWorker } from "#lib/gateway/worker.ts";
import { createLog } from "#lib/observability/log.ts";
import { identityOf } from "#lib/observability/process-identity.ts";

const [number = "1", workers = "1"] = process.argv.slice(2);
const log = createLog("gateway").child({ worker: Number(number) });
const environment = readEnvironment();
const home = openHome(environment);
const share = Number(workers);

await runWorker({
  home,
  id: `${environment.gatewayId}-${number}`,
  keeper: identityOf(process.ppid),
  host: environment.host,
  port: 0,
  dashboardHosts: environment.dashboardHosts,
  dashboard: dashboardAddress(home),
  holdLimit:
    environment.holdLimit === null ? holdLimit(share) : Math.max(1, Math.ceil(environment.holdLimit / share)),
  trustedProxies: environment.trustedProxies,
  onAnswered: environment.accessLog ? (entry) => log.info(entry, "request") : undefined,
}).catch((error: unknown) => {
  log.fatal({ err: error }, "a worker of the gateway can't serve");
  process.exit(1);
});
process.exit(0);
