/** For tests: real PostgreSQL servers that start fast, and migrated stores in them. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { identityOf, isAlive } from "#lib/observability/process-identity.ts";
import { openStore, type Store } from "./client.ts";
import { migrateStore } from "./migrate.ts";
import { ensureDatabase, type PostgresServer, startPostgres } from "./postgres-server.ts";
import { clearRemains, findPostmaster } from "./postmaster.ts";

const PREFIX = "signalbox-pg-test-";

export interface TestCluster {
  server: PostgresServer;
  /** Superuser's connection string to the database `postgres`. */
  adminUrl: string;
  /** What the server says. */
  logFile: string;
  /** An empty database (or a copy of `template`) of its own name. Returns its superuser's connection string. */
  createDatabase(template?: string): Promise<string>;
  /** Starts the server again, on its port, after it was killed or stopped. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestClusterOptions {
  settings?: Record<string, string | number>;
  /** For example /usr/lib/postgresql/15/bin. */
  binDir?: string;
}

/** A server of the test's own on a free port, without fsync, with logical replication possible. Stop it in `afterAll`. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  await sweep();
  const dir = await mkdtemp(join(tmpdir(), PREFIX));
  // PostgreSQL's OS user must get through when the tests run as root.
  await chmod(dir, 0o755);
  await writeFile(join(dir, "owner.json"), JSON.stringify(identityOf(process.pid)));
  const how = {
    dataDir: join(dir, "cluster"),
    port: 0,
    password: "test",
    logFile: join(dir, "server.log"),
    binDir: options.binDir,
    settings: {
      fsync: "off",
      synchronous_commit: "off",
      full_page_writes: "off",
      wal_level: "logical",
      max_wal_senders: 20,
      max_replication_slots: 20,
      max_logical_replication_workers: 16,
      max_worker_processes: 24,
      wal_retrieve_retry_interval: "100ms",
      max_slot_wal_keep_size: "1GB",
      ...options.settings,
    },
  };
  let server = await startPostgres(how);
  let count = 0;
  return {
    get server() {
      return server;
    },
    adminUrl: server.url(),
    logFile: how.logFile,
    async restart() {
      server = await startPostgres({ ...how, port: server.port });
    },
    async createDatabase(template) {
      count += 1;
      const name = `test_${process.pid}_${count}`;
      const client = new pg.Client({ connectionString: server.url() });
      await client.connect();
      const from = template ? ` TEMPLATE ${pg.escapeIdentifier(template)}` : "";
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}${from}`).finally(() => client.end());
      return server.url(name);
    },
    async stop() {
      await server.stop(5_000);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export interface TestStore {
  store: Store;
  url: string;
  /** The server that it lives in. */
  cluster: TestCluster;
}

export interface TestStores {
  cluster: TestCluster;
  /** A migrated, empty store in a database of its own (about 30 ms). */
  create(): Promise<TestStore>;
  /** Disconnects all and stops the server. */
  stop(): Promise<void>;
}

/** One server per test file: `beforeAll(async () => { stores = await startTestStores(); })`, stop in `afterAll`. */
export async function startTestStores(options: TestClusterOptions = {}): Promise<TestStores> {
  const cluster = await startTestCluster(options);
  const template = "store_template";
  await ensureDatabase(cluster.adminUrl, template);
  await migrateStore(cluster.server.url(template));
  const opened: Store[] = [];
  return {
    cluster,
    async create() {
      const url = await cluster.createDatabase(template);
      const store = openStore(url, { maxConnections: 5, name: "test" });
      opened.push(store);
      return { store, url, cluster };
    },
    async stop() {
      await Promise.all(opened.map((store) => store.$disconnect()));
      await cluster.stop();
    },
  };
}

/** Ends and removes servers of test runs that were killed before they could clean up. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const dir = join(tmpdir(), name);
    try {
      const owner = JSON.parse(readFileSync(join(dir, "owner.json"), "utf8"));
      if (isAlive(owner)) continue;
      // Whoever makes the folder first clears it; it goes with the rest.
      mkdirSync(join(dir, "swept"));
    } catch {
      continue;
    }
    const left = await findPostmaster(join(dir, "cluster"));
    if (left) process.kill(left.pid, "SIGKILL");
    await clearRemains(join(dir, "cluster"));
    await rm(dir, { recursive: true, force: true });
  }
}
