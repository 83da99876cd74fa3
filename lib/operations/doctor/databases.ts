/** The store and the server that holds the slots' data. */
import { readdir } from "node:fs/promises";
import pg from "pg";
import { MIGRATIONS_DIR } from "#lib/store/migrate.ts";
import { type Diagnosis, fail, messageOf, ok, warn } from "./diagnosis.ts";

const SLOW_CLOCK_MS = 2_000;

/** Connection strings hold passwords; none of them comes into what is said. */
export async function lookAtStore(url: string): Promise<Diagnosis[]> {
  return withServer("store", url, async (client, version) => {
    const { rows: applied } = await client.query<{ name: string }>(
      "SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL",
    );
    const known = (await readdir(MIGRATIONS_DIR, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const missing = known.filter((name) => !applied.some((row) => row.name === name));
    return [
      ok("databases", "store", `PostgreSQL ${version} answers.`),
      missing.length === 0
        ? ok("databases", "store's migrations", `All ${known.length} are applied.`)
        : fail(
            "databases",
            "store's migrations",
            `${missing.join(", ")} is not applied.`,
            "Start again with npm start: migrations are applied at the start.",
          ),
      await clock(client),
    ];
  });
}

export async function lookAtDataServer(url: string): Promise<Diagnosis[]> {
  return withServer("slots' data", url, async (client, version) => {
    const { rows } = await client.query<{ level: string; slots: number; used: number }>(
      `SELECT current_setting('wal_level') AS level, current_setting('max_replication_slots')::int AS slots,
              (SELECT count(*)::int FROM pg_replication_slots) AS used`,
    );
    const { level, slots, used } = rows[0]!;
    return [
      ok("databases", "slots' data", `PostgreSQL ${version} answers.`),
      level === "logical"
        ? ok(
            "databases",
            "replication",
            `wal_level is logical; ${used} of ${slots} replication slots are used.`,
          )
        : warn(
            "databases",
            "replication",
            `wal_level is ${level}: data is copied, and can't be streamed.`,
            "Set wal_level = logical on that server and restart it, if streaming is wanted.",
          ),
    ];
  });
}

async function withServer(
  name: string,
  url: string,
  look: (client: pg.Client, version: string) => Promise<Diagnosis[]>,
): Promise<Diagnosis[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 3_000,
    query_timeout: 5_000,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    return await look(client, rows[0]!.server_version.split(" ", 1)[0]!);
  } catch (error) {
    const what = `The server can't be asked: ${messageOf(error)}.`;
    return [fail("databases", name, what, "See its log in the home's logs folder, or ask who runs it.")];
  } finally {
    await client.end().catch(() => {});
  }
}

async function clock(client: pg.Client): Promise<Diagnosis> {
  const sent = Date.now();
  const { rows } = await client.query<{ now: Date }>("SELECT clock_timestamp() AS now");
  const apart = Math.abs(rows[0]!.now.getTime() - (sent + Date.now()) / 2);
  const what = `The store's clock and this machine's are ${Math.round(apart)} ms apart.`;
  return apart < SLOW_CLOCK_MS
    ? ok("databases", "clocks", what)
    : warn("databases", "clocks", what, "Let both follow the same time server (NTP).");
}
