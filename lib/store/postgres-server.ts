/** Real PostgreSQL servers of our own: made, started, adopted and stopped as plain processes. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import pg from "pg";
import {
  isAlive,
  type ProcessIdentity,
  signalProcess,
  startTimeOf,
  waitForExit,
} from "#lib/observability/process-identity.ts";
import { makeCluster } from "./make-cluster.ts";
import { type PostgresPrograms, postgresPrograms } from "./postgres-binaries.ts";
import { clearRemains, findPostmaster } from "./postmaster.ts";

export interface PostgresOptions {
  /** The cluster's folder; made when missing. Its parents must be open to the OS user that runs PostgreSQL. */
  dataDir: string;
  /** TCP port on 127.0.0.1; 0 picks a free one. A server that is running already keeps its own. */
  port: number;
  /** Of the superuser `postgres`. Only used when the cluster is made; later starts must give the same. */
  password: string;
  /** The server's own messages are appended here. */
  logFile: string;
  /** Beyond the defaults: `{ wal_level: "logical", fsync: "off" }`. */
  settings?: Record<string, string | number>;
  /** Folder of `postgres` and `initdb`. Default: the ones that came with npm. */
  binDir?: string;
  /** Added to the server's environment. */
  env?: Record<string, string>;
  /** Until it must accept connections. Crash recovery of a large cluster takes a while. */
  startTimeoutMs?: number;
}

export interface PostgresServer extends ProcessIdentity {
  readonly port: number;
  /** It was running already. */
  readonly adopted: boolean;
  /** Superuser's connection string. */
  url(database?: string): string;
  alive(): boolean;
  /** Ends sessions, then the server. Past `timeoutMs`, or when `force` is aborted, it ends without a checkpoint. */
  stop(timeoutMs?: number, force?: AbortSignal): Promise<void>;
}

/** The port was taken by somebody else between being chosen and being used. */
export class PortTaken extends Error {
  override name = "PortTaken";
}

/**
 * Makes (first time), adopts (when it runs) or starts the server of a data folder; returns when it accepts
 * connections. Rejects with PortTaken, or with the end of the server's log when it does not come up.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const programs = await postgresPrograms(options.binDir);
  await makeCluster(options.dataDir, options.password, programs, options.settings?.fsync !== "off");
  const running = await findPostmaster(options.dataDir);
  if (running) {
    await untilReady(options, running);
    return handle(options, running, running.port, true);
  }
  await clearRemains(options.dataDir);
  const port = options.port === 0 ? await freePort() : options.port;
  const identity = launch(options, programs, port);
  try {
    await untilReady(options, identity);
  } catch (error) {
    signalProcess(identity, "SIGQUIT");
    throw error;
  }
  return handle(options, identity, port, false);
}

function launch(options: PostgresOptions, programs: PostgresPrograms, port: number): ProcessIdentity {
  const settings = {
    listen_addresses: "127.0.0.1",
    // Socket paths have a length limit that deep folders exceed.
    unix_socket_directories: "",
    timezone: "UTC",
    log_timezone: "UTC",
    log_checkpoints: "off",
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = openSync(options.logFile, "a", 0o600);
  try {
    const child = spawn(programs.postgres, ["-D", options.dataDir, "-p", String(port), ...args], {
      cwd: "/",
      // Its own process group: it outlives us, and Ctrl-C in our terminal is not for it.
      detached: true,
      stdio: ["ignore", log, log],
      env: { NODE_ENV: "production", PATH: "/usr/bin:/bin", LC_ALL: "C", ...options.env },
      ...programs.user,
    });
    child.on("error", () => {});
    if (child.pid === undefined) throw new Error(`${programs.postgres} can't be started`);
    child.unref();
    return { pid: child.pid, startTime: startTimeOf(child.pid) ?? "gone already" };
  } finally {
    closeSync(log);
  }
}

async function untilReady(options: PostgresOptions, who: ProcessIdentity): Promise<void> {
  const deadline = performance.now() + (options.startTimeoutMs ?? 60_000);
  for (;;) {
    const found = await findPostmaster(options.dataDir);
    if (found?.pid === who.pid && found.ready) return;
    if (!isAlive(who)) {
      const said = await logEnd(options.logFile);
      if (/could not bind|Address already in use/.test(said)) throw new PortTaken(said);
      throw new Error(`PostgreSQL in ${options.dataDir} did not start:\n${said}`);
    }
    if (performance.now() > deadline) {
      throw new Error(`PostgreSQL in ${options.dataDir} is not ready:\n${await logEnd(options.logFile)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function handle(
  options: PostgresOptions,
  who: ProcessIdentity,
  port: number,
  adopted: boolean,
): PostgresServer {
  const { pid, startTime } = who;
  return {
    pid,
    startTime,
    port,
    adopted,
    url: (database = "postgres") =>
      `postgresql://postgres:${encodeURIComponent(options.password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    alive: () => isAlive(who),
    async stop(timeoutMs = 20_000, force) {
      signalProcess(who, "SIGINT");
      if (await waitForExit(who, timeoutMs, force)) return;
      signalProcess(who, "SIGQUIT");
      if (await waitForExit(who, 5_000)) return;
      signalProcess(who, "SIGKILL");
      await waitForExit(who, 5_000);
      await clearRemains(options.dataDir);
    },
  };
}

/** Creates a database when it is missing. `url` is a superuser's. */
export async function ensureDatabase(url: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [database]);
    if (!rowCount) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (typeof address === "object" && address ? resolve(address.port) : reject(address)));
    });
  });
}

const logEnd = (file: string): Promise<string> =>
  readFile(file, "utf8").then(
    (text) => text.slice(-2_000).trim(),
    () => "(no log)",
  );
