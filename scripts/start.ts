/** `npm start`: the supervisor in the foreground. `--home DIR`, `--port N`; what `.env` says counts unless given. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mintAdminLink, SIGN_IN_LINK_PATH } from "#lib/auth/sign-in-link.ts";
import { REPOSITORY, readEnvironment } from "#lib/config/environment.ts";
import { connections } from "#lib/config/open-home.ts";
import { stopAllSlotProcesses } from "#lib/drivers/runtime/process/stop-all.ts";
import { openStore } from "#lib/store/client.ts";
import { runSupervisor } from "#lib/supervisor/run.ts";
import type { Supervision } from "#lib/supervisor/supervise.ts";

const LINK_TTL_MS = 30 * 60_000;

const { values } = parseArgs({
  options: { home: { type: "string" }, port: { type: "string" }, "sign-in": { type: "boolean" } },
});
const file = join(REPOSITORY, ".env");
// Does not replace what the environment has already.
if (existsSync(file)) process.loadEnvFile(file);
if (values.home) process.env.SIGNALBOX_HOME = values.home;
if (values.port) process.env.SIGNALBOX_PORT = values.port;

process.exit(await runSupervisor({ stopSlots: stopAllSlotProcesses, onReady: greet }));

/** Says where the dashboard is; while nobody is there yet, or when asked to, with a link that signs in once. */
async function greet({ home, ports }: Supervision): Promise<void> {
  const environment = readEnvironment();
  const url = `http://${environment.dashboardHosts[0]}:${ports.gateway}`;
  console.log(`\nSignalbox is up: ${url}`);
  const store = openStore(connections(home, environment).store, { maxConnections: 1, name: "start" });
  try {
    if (values["sign-in"] || (await store.user.count()) === 0) {
      const token = await mintAdminLink(store, LINK_TTL_MS);
      console.log(
        `Sign in (once, within ${LINK_TTL_MS / 60_000} minutes): ${url}${SIGN_IN_LINK_PATH}${token}`,
      );
    }
  } finally {
    await store.$disconnect();
  }
  console.log("Ctrl-C stops everything.\n");
}
