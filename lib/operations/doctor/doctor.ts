/** Looks at everything that an installation needs. Reads only; safe at any time, also when half of it is down. */
import type { Environment } from "#lib/config/environment.ts";
import type { Home } from "#lib/config/home.ts";
import { homePaths } from "#lib/config/home.ts";
import { connections, readPorts } from "#lib/config/open-home.ts";
import { readTable } from "#lib/gate/route-file.ts";
import { lookAtDataServer, lookAtStore } from "./databases.ts";
import { type Diagnosis, fail, type Look, messageOf } from "./diagnosis.ts";
import { lookAtGateways, lookAtLocks } from "./gateways.ts";
import { lookAtHome } from "./home-files.ts";
import { lookAtMachine } from "./machine.ts";
import { lookAtProcesses } from "./processes.ts";

/** Takes up to a few seconds. Never rejects: what can't be looked at is a diagnosis of its own. */
export async function examine(environment: Environment, home: Home): Promise<Diagnosis[]> {
  const looks: [Diagnosis["area"], Look][] = [
    ["machine", () => lookAtMachine(home)],
    ["home", () => lookAtHome(home)],
    ["processes", () => lookAtProcesses(home)],
    ["databases", () => lookAtStore(connections(home, environment).store)],
    ["databases", () => lookAtDataServer(connections(home, environment).data)],
    ["gateways", () => lookAtGateways(home, siteOf(environment, home))],
    ["apps", () => lookAtLocks(home, readTable(homePaths(home).routes)?.apps.map(({ app }) => app) ?? [])],
  ];
  const found = await Promise.all(
    looks.map(async ([area, look]) => {
      try {
        return await look();
      } catch (error) {
        return [fail(area, area, `It could not be looked at: ${messageOf(error)}.`, "Mend that first.")];
      }
    }),
  );
  return found.flat();
}

function siteOf(environment: Environment, home: Home) {
  const any = environment.host === "0.0.0.0" || environment.host === "::";
  return {
    host: any ? "127.0.0.1" : environment.host,
    port: environment.port ?? readPorts(home).gateway,
    dashboardHost: environment.dashboardHosts[0]!,
  };
}
