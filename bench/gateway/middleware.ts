/** The second door: a request that reaches Next directly, which passes it on to the gateway. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "#lib/config/environment.ts";
import { freePort } from "#lib/store/postgres-server.ts";
import type { PeerOptions, Served } from "./peers.ts";
import { untilServing } from "./programs.ts";
import { HOST, startSignalbox } from "./signalbox.ts";

const START_MS = 60_000;

/** Rejects when the dashboard has not been built. */
export async function startMiddleware(options: PeerOptions): Promise<Served> {
  if (!existsSync(join(REPOSITORY, ".next", "BUILD_ID"))) {
    throw new Error("the dashboard isn't built: npm run setup");
  }
  const gateway = await startSignalbox(options, { workers: 1, core: "proxy" });
  const web = await freePort();
  const [store, data] = [1, 1];
  const ports = { gateway: gateway.port, web, store, data, slotBase: 20_000 };
  writeFileSync(join(gateway.home.dir, "ports.json"), JSON.stringify(ports));
  const entry = join(REPOSITORY, "processes", "web.ts");
  const started = options.programs.start("proxy", process.execPath, [entry], {
    ...gateway.env,
    NEXT_TELEMETRY_DISABLED: "1",
  });
  await untilServing(web, HOST, started, START_MS);
  return { port: web, started };
}
