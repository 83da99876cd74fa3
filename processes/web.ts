/** The dashboard and the API: Next's own server on a loopback port, behind the gateway. */

import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import next from "next";
import { writeWhole } from "#lib/config/atomic-file.ts";
import { REPOSITORY, readEnvironment } from "#lib/config/environment.ts";
import { homePaths } from "#lib/config/home.ts";
import { openHome, readPorts } from "#lib/config/open-home.ts";
import { createLog } from "#lib/observability/log.ts";
import { identityOf } from "#lib/observability/process-identity.ts";

const HOST = "127.0.0.1";
const log = createLog("web");
const home = openHome(readEnvironment());
const { web: port } = readPorts(home);
const file = join(homePaths(home).run, "web.json");

const app = next({ dev: false, dir: REPOSITORY, hostname: HOST, port });
await app.prepare();
const handle = app.getRequestHandler();
const upgrade = app.getUpgradeHandler();

const server = createServer((request, response) => void handle(request, response));
server.on("upgrade", (request, socket, head) => void upgrade(request, socket, head));
// Longer than the gateway keeps its idle connections, so that it never sends into one that closes.
server.keepAliveTimeout = 65_000;
// Uploads of releases may take their time.
server.requestTimeout = 0;

server.once("error", (error) => {
  log.fatal({ err: error }, "the web process can't listen");
  process.exit(1);
});
server.listen(port, HOST, async () => {
  await writeWhole(
    file,
    `${JSON.stringify({ ...identityOf(process.pid), address: { host: HOST, port } })}\n`,
  );
  log.info({ port }, "web is up");
  flushCompileCache();
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    server.close();
    // Event streams end only when they are ended.
    server.closeAllConnections();
    await rm(file, { force: true });
    await app.close();
    process.exit(0);
  });
}
