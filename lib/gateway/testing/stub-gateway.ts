/** For tests that measure: a gateway in a process of its own, `node stub-gateway.ts <home> <routes as JSON>`. */
import { join } from "node:path";
import { appRoutes } from "#lib/gate/routes.ts";
import { startGateway } from "../gateway.ts";

const [dir = "", routes = ""] = process.argv.slice(2);
const gateway = await startGateway({
  home: { dir, root: dir, maintenance: join(dir, "maintenance") },
  id: "alone",
  host: "127.0.0.1",
  port: 0,
  dashboardHosts: ["localhost"],
  dashboard: () => null,
});
await gateway.routes.setApp(appRoutes.parse(JSON.parse(routes)));
process.stdout.write(`${gateway.address.port}\n`);
// Ends with whoever started it.
process.stdin.resume().on("end", () => process.exit(0));
