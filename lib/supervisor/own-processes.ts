/** The processes of an installation and what they are started with. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Environment, REPOSITORY } from "#lib/config/environment.ts";
import { type Home, homePaths } from "#lib/config/home.ts";
import type { Ports } from "#lib/config/open-home.ts";
import type { ChildDefinition } from "./child.ts";

/** What npm and the shell add differs from call to call, and a child that is started otherwise is not adopted. */
const NOT_PASSED_ON = /^(npm_|INIT_CWD$|SIGNALBOX_STOP_WITH_PARENT$|_$|SHLVL$|PWD$|OLDPWD$)/;

/** Engine, gateway and web; every one of them reads the same environment. */
export function ownProcesses(environment: Environment, home: Home, ports: Ports): ChildDefinition[] {
  const passedOn = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !NOT_PASSED_ON.test(entry[0]),
  );
  const env = {
    ...Object.fromEntries(passedOn),
    SIGNALBOX_HOME: home.dir,
    SIGNALBOX_MAINTENANCE: home.maintenance,
    SIGNALBOX_PORT: String(ports.gateway),
    SIGNALBOX_HOST: environment.host,
    SIGNALBOX_DASHBOARD_HOSTS: environment.dashboardHosts.join(","),
    NEXT_TELEMETRY_DISABLED: "1",
    // One that died is back in half of the time.
    NODE_COMPILE_CACHE: homePaths(home).compiled,
  };
  const define = (name: string, code: string): ChildDefinition => ({
    name,
    args: [join(REPOSITORY, "processes", `${name}.ts`)],
    // What is left over from another version of the code is replaced, not adopted.
    env: { ...env, SIGNALBOX_CODE: code },
  });
  const code = sourceStamp(["lib", "processes", "package-lock.json"]);
  return [
    define("engine", code),
    { ...define("gateway", code), insteadArgs: ["--instead"] },
    define("web", buildId()),
  ];
}

/** Changes with the sources; by date and size, which is enough to tell before from after an upgrade. */
function sourceStamp(paths: string[]): string {
  const hash = createHash("sha256");
  const add = (path: string) => {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  };
  for (const path of paths.map((name) => join(REPOSITORY, name))) {
    if (!statSync(path).isDirectory()) add(path);
    else for (const name of readdirSync(path, { recursive: true }).sort()) add(join(path, String(name)));
  }
  return hash.digest("hex").slice(0, 16);
}

function buildId(): string {
  try {
    return readFileSync(join(REPOSITORY, ".next", "BUILD_ID"), "utf8").trim();
  } catch {
    return "none";
  }
}
