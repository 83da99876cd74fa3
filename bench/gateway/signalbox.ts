/** A gateway over a home of its own, with one app whose both slots are the upstream. */
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "#lib/config/environment.ts";
import { type Home, homePaths } from "#lib/config/home.ts";
import { type AppRoutes, DEFAULT_LIMITS } from "#lib/gate/routes.ts";
import { freePort } from "#lib/store/postgres-server.ts";
import type { Core, Programs, Started } from "./programs.ts";
import { untilServing } from "./programs.ts";

export const HOST = "shop.test";
const START_MS = 60_000;

export interface Signalbox {
  port: number;
  home: Home;
  env: Record<string, string>;
  started: Started;
}

/** `workers` null: as many as the product chooses. */
export async function startSignalbox(
  { programs, dir, upstreamPort }: { programs: Programs; dir: string; upstreamPort: number },
  { workers, core }: { workers: number | null; core: Core },
): Promise<Signalbox> {
  const own = mkdtempSync(join(dir, "home-"));
  const home: Home = { dir: own, root: own, maintenance: join(own, "maintenance") };
  const compiled = join(dir, "compiled");
  mkdirSync(compiled, { recursive: true });
  // Every start of an installation but its first finds what the one before has compiled.
  symlinkSync(compiled, homePaths(home).compiled);
  mkdirSync(join(home.maintenance, "shop"), { recursive: true });
  writeFileSync(join(own, "secret.key"), "ab".repeat(32));
  const table = { version: 1, dashboardHosts: [], apps: [benchRoutes(upstreamPort)] };
  writeFileSync(join(own, "routes.json"), JSON.stringify(table));
  const port = await freePort();
  const env: Record<string, string> = {
    NODE_ENV: "production",
    SIGNALBOX_HOME: own,
    SIGNALBOX_PORT: String(port),
    SIGNALBOX_LOG_LEVEL: "error",
    // Nothing listens there: it serves from its last known routes.
    DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none",
    NODE_COMPILE_CACHE: homePaths(home).compiled,
  };
  if (workers !== null) env.SIGNALBOX_GATEWAY_WORKERS = String(workers);
  const started = programs.start(core, process.execPath, [join(REPOSITORY, "processes", "gateway.ts")], env);
  await untilServing(port, HOST, started, START_MS);
  return { port, home, env, started };
}

export const benchRoutes = (upstreamPort: number): AppRoutes => ({
  app: "shop",
  version: 1,
  domains: [{ host: HOST, audience: "public" }],
  live: "blue",
  stagingAccess: "open",
  shares: [],
  slots: (["blue", "green"] as const).map((slot) => ({
    slot,
    targets: [{ scheme: "http" as const, host: "127.0.0.1", port: upstreamPort }],
    release: "1.0",
    paused: false,
    assets: [],
  })),
  healthPath: "/healthz",
  reads: "hold",
  limits: DEFAULT_LIMITS,
});

/** Pids of the keeper and its workers, by who started whom. */
export function pidsOf({ started }: Signalbox): number[] {
  const pid = started.child.pid!;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return [pid, ...children.filter(Boolean).map(Number)];
}
