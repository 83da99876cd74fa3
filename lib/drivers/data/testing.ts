/** For tests: a real PostgreSQL server with the driver on it, and sessions as each of a slot's roles. */
import { createHmac } from "node:crypto";
import { accessSync } from "node:fs";
import pg from "pg";
import type { SlotRef } from "#lib/engine/model.ts";
import type { DataDriver } from "#lib/engine/ports.ts";
import { startTestCluster, type TestCluster } from "#lib/store/testing.ts";
import { slotNames } from "./postgres/names.ts";
import { createPostgresData } from "./postgres.ts";

const DEBIAN_15 = "/usr/lib/postgresql/15/bin";

/** The servers that every test runs on. `binDir` undefined: the programs that came with npm. */
export const SERVERS: { title: string; binDir?: string; missing: boolean }[] = [
  { title: "PostgreSQL 18", missing: false },
  { title: "PostgreSQL 15", binDir: DEBIAN_15, missing: !exists(`${DEBIAN_15}/initdb`) },
];

function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

export const passwordFor = (role: string): string => createHmac("sha256", "test").update(role).digest("hex");

export interface SlotLab {
  cluster: TestCluster;
  /** The same, unless green has one of its own. */
  green: TestCluster;
  driver: DataDriver;
  /** A new app's two slots, not provisioned. */
  slots(): { blue: SlotRef; green: SlotRef };
  /** Both slots of a new app, provisioned, with this schema as its release command would make it. */
  pair(schema: string, greenSchema?: string): Promise<{ blue: SlotRef; green: SlotRef }>;
  /** Runs the statements as a release command would. */
  release(slot: SlotRef, sql: string): Promise<void>;
  /** A session as the app's role. Ended with the lab at the latest. */
  asApp(slot: SlotRef): Promise<pg.Client>;
  /** A session as the server's superuser. */
  asAdmin(slot?: SlotRef): Promise<pg.Client>;
  /** One statement as the superuser. */
  sql(slot: SlotRef, text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export interface LabOptions {
  binDir?: string;
  /** Green has a server of its own, of these programs; undefined in it: the ones that came with npm. */
  green?: { binDir?: string };
  exclude?: string[];
  settings?: Record<string, string | number>;
}

export async function startSlotLab({
  binDir,
  green: greenHas,
  exclude = [],
  settings,
}: LabOptions = {}): Promise<SlotLab> {
  const how = { max_connections: 60, ...settings };
  const cluster = await startTestCluster({ binDir, settings: how });
  const green = greenHas ? await startTestCluster({ ...greenHas, settings: how }) : cluster;
  const driver = createPostgresData({
    server: cluster.adminUrl,
    passwordFor,
    exclude: () => exclude,
    envName: () => "DATABASE_URL",
    serverLog: cluster.logFile,
    greenServer: green === cluster ? undefined : green.adminUrl,
    greenServerLog: green.logFile,
  });
  const clients: pg.Client[] = [];
  let apps = 0;
  const connect = async (url: string) => {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    await client.connect();
    clients.push(client);
    return client;
  };
  const lab: SlotLab = {
    cluster,
    green,
    driver,
    slots() {
      apps += 1;
      const app = `shop-${apps}`;
      return { blue: { app, slot: "blue" }, green: { app, slot: "green" } };
    },
    async pair(schema, greenSchema = schema) {
      const { blue, green } = lab.slots();
      await driver.provision(blue);
      await driver.provision(green);
      await lab.release(blue, schema);
      await lab.release(green, greenSchema);
      return { blue, green };
    },
    async release(slot, sql) {
      const { DATABASE_URL } = await driver.env(slot, "owner");
      const client = await connect(DATABASE_URL!);
      await client.query(sql);
      await client.end();
      await driver.afterRelease(slot);
    },
    async asApp(slot) {
      const { DATABASE_URL } = await driver.env(slot, "app");
      return await connect(DATABASE_URL!);
    },
    asAdmin: (slot) =>
      connect((slot?.slot === "green" ? green : cluster).server.url(slot && slotNames(slot).database)),
    async sql(slot, text, values) {
      const client = await lab.asAdmin(slot);
      try {
        return (await client.query(text, values)).rows;
      } finally {
        await client.end();
      }
    },
    async stop() {
      await driver.dispose();
      await Promise.all(clients.map((client) => client.end().catch(() => {})));
      await cluster.stop();
      if (green !== cluster) await green.stop();
    },
  };
  return lab;
}
