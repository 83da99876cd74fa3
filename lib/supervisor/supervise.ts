/** Brings up a whole installation and keeps it up: store, slots' data server, engine, gateway, web. */
import { join } from "node:path";
import type { Environment } from "#lib/config/environment.ts";
import { type Home, homePaths } from "#lib/config/home.ts";
import {
  connections,
  type Ports,
  readPorts,
  readSecretKey,
  STORE_DATABASE,
  serverPassword,
} from "#lib/config/open-home.ts";
import { type PortsInUse, settlePorts } from "#lib/config/ports.ts";
import { prepareHome } from "#lib/config/prepare-home.ts";
import { identityOf } from "#lib/observability/process-identity.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { findPostmaster } from "#lib/store/postmaster.ts";
import {
  type ChildDefinition,
  childProcess,
  endOrphans,
  endUnknownChildren,
  findChildren,
  findOrphans,
} from "./child.ts";
import { databaseServer } from "./database.ts";
import { takeHome } from "./instance-lock.ts";
import { type Keeper, keep, type Managed } from "./keep.ts";
import { rotateLogs } from "./rotate-logs.ts";
import { readSupervisorStatus, type SupervisorStatus, statusWriter } from "./status.ts";

/** A home has one supervisor, and this is not it. */
export class AlreadyRunning extends Error {
  override name = "AlreadyRunning";
}

export interface SuperviseOptions {
  environment: Environment;
  /** Started in this order, all at once; stopped in the opposite one. */
  children(home: Home, ports: Ports): ChildDefinition[];
  /** Ends what runs in slots; called when the engine is gone. Returns how many processes it ended. */
  stopSlots(home: Home, graceMs: number): Promise<number>;
  /** One plain sentence per event. */
  say(line: string): void;
}

export interface Supervision {
  home: Home;
  ports: Ports;
  /** Resolves when everything has come up once; rejects, all stopped, when that is hopeless or `stop` came first. */
  ready: Promise<void>;
  /** Ends everything; again while it is at it, or with `force`, without grace. Leaves nothing running. */
  stop(options?: { force?: boolean }): Promise<void>;
  /** Has the gateway's workers replaced without a failed request. False when it isn't up. */
  restartGateway(): boolean;
}

const GRACE_MS = { web: 3_000, child: 10_000, slots: 10_000, database: 20_000 };

/** Rejects with AlreadyRunning, GatewayPortTaken, or what is wrong with the home. */
export async function supervise(options: SuperviseOptions): Promise<Supervision> {
  const { environment, say } = options;
  const home = await prepareHome(environment);
  if (!(await takeHome(home))) throw new AlreadyRunning(await whoRuns(home));

  const status: SupervisorStatus = {
    ...identityOf(process.pid),
    state: "starting",
    error: null,
    address: null,
    processes: {},
  };
  const writer = statusWriter(home);
  const write = () => writer.write(status);
  const ports = await settlePorts(home, {
    wanted: environment.port,
    host: environment.host,
    inUse: await portsInUse(home),
  }).catch(async (error) => {
    Object.assign(status, { state: "failed", error: error.message });
    write();
    await writer.flushed();
    throw error;
  });
  status.address = { host: environment.host, port: ports.gateway };
  write();

  const force = new AbortController();
  const databases: Keeper[] = [];
  const children: Keeper[] = [];
  const manage = (into: Keeper[], managed: Managed): Keeper => {
    const keeper = keep(managed, { say, changed: write });
    status.processes[managed.name] = keeper.status;
    into.push(keeper);
    return keeper;
  };
  const logs = rotateLogs(home);

  const bringUp = async () => {
    for (const server of embeddedServers(home, environment, ports)) manage(databases, server);
    await Promise.all(databases.map((keeper) => keeper.up));
    if (stopping) return;
    const applied = await migrateStore(connections(home, environment).store);
    if (applied.length > 0) say(`the store's migrations were applied: ${applied.join(", ")}`);
    if (stopping) return;
    const definitions = options.children(home, ports);
    await endUnknownChildren(
      home,
      definitions.map(({ name }) => name),
    );
    if (stopping) return;
    for (const definition of definitions) manage(children, childProcess(home, definition));
    await Promise.all(children.map((keeper) => keeper.up));
    if (stopping) return;
    status.state = "ready";
    write();
    await writer.flushed();
  };

  let stopping: Promise<void> | null = null;
  const stopAll = async (failed: boolean) => {
    if (!failed) status.state = "stopping";
    write();
    logs.stop();
    for (const keeper of children.toReversed()) {
      await keeper.stop(keeper.name === "web" ? GRACE_MS.web : GRACE_MS.child, force.signal);
    }
    // Of an earlier supervisor, if this one never came to them.
    await endUnknownChildren(home, []);
    await endOrphans(home);
    await options.stopSlots(home, force.signal.aborted ? 0 : GRACE_MS.slots);
    await Promise.all(databases.map((keeper) => keeper.stop(GRACE_MS.database, force.signal)));
    await writer.flushed();
  };

  const halted = Promise.withResolvers<never>();
  const ready = Promise.race([bringUp(), halted.promise]).catch(async (error) => {
    if (!stopping) {
      Object.assign(status, { state: "failed", error: error.message });
      stopping = stopAll(true);
    }
    await stopping;
    throw error;
  });
  ready.catch(() => {});

  return {
    home,
    ports,
    ready,
    restartGateway() {
      const { state, pid } = status.processes.gateway ?? {};
      if (state !== "ready" || !pid) return false;
      process.kill(pid, "SIGHUP");
      return true;
    },
    stop({ force: now = stopping !== null } = {}) {
      if (now) force.abort();
      if (!stopping) {
        stopping = stopAll(false);
        halted.reject(new Error("stopped before everything was up"));
      }
      return stopping;
    },
  };
}

function embeddedServers(home: Home, environment: Environment, ports: Ports): Managed[] {
  const paths = homePaths(home);
  const options = (server: "store" | "data", settings: Record<string, string | number>) => ({
    dataDir: paths[server],
    port: ports[server],
    password: serverPassword(readSecretKey(home), server),
    logFile: join(paths.logs, `${server}.log`),
    env: { SIGNALBOX_HOME: home.dir },
    settings,
  });
  const servers: Managed[] = [];
  if (!environment.databaseUrl) {
    const settings = { max_connections: 100, shared_buffers: "64MB" };
    servers.push(databaseServer("store", options("store", settings), STORE_DATABASE));
  }
  if (!environment.dataUrl) {
    const settings = {
      max_connections: 300,
      wal_level: "logical",
      max_wal_senders: 32,
      max_replication_slots: 32,
      max_worker_processes: 32,
      max_logical_replication_workers: 16,
      // A feed that is turned round waits for its worker no longer than that.
      wal_retrieve_retry_interval: "250ms",
      // A feed that stands still must not fill the disk.
      max_slot_wal_keep_size: "8GB",
    };
    servers.push(databaseServer("data", options("data", settings)));
  }
  return servers;
}

/** Ports that what is left of an earlier supervisor holds. */
async function portsInUse(home: Home): Promise<PortsInUse> {
  const paths = homePaths(home);
  const before = await readSupervisorStatus(home);
  const left = [...findChildren(home), ...findOrphans(home)];
  const own = (name: string) => left.some((child) => child.name === name);
  const known = own("gateway") || own("web") ? readPorts(home) : null;
  return {
    gateway: own("gateway") ? (before?.address?.port ?? known?.gateway) : undefined,
    web: own("web") ? known?.web : undefined,
    store: (await findPostmaster(paths.store))?.port,
    data: (await findPostmaster(paths.data))?.port,
  };
}

async function whoRuns(home: Home): Promise<string> {
  const status = await readSupervisorStatus(home);
  const who = status ? `by process ${status.pid}` : "by another process";
  const where = status?.address ? ` on port ${status.address.port}` : "";
  return `Signalbox already runs in ${home.dir}, started ${who}${where}. Stop that one first, or choose another home with --home.`;
}
