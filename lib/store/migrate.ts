/**
 * Applies prisma/migrations. Each file runs in one transaction together with its row in Prisma's own ledger, so
 * that a crash leaves either both or neither; `prisma migrate` reads the same ledger and agrees. Why not with
 * Prisma's engine: docs/decisions/store-migrations.md.
 */
import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { REPOSITORY } from "#lib/config/environment.ts";

// Not as a URL beside this file: bundlers take that for a module.
export const MIGRATIONS_DIR = join(REPOSITORY, "prisma", "migrations");

/** Any number that nothing else in the store's database locks; "signalbox migrations". */
const LOCK_KEY = 5_167_061_120;

const LEDGER = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

export interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of the file, hex, as Prisma computes it. */
  checksum: string;
}

/** All migrations in the order of their names, which is the order of their making. */
export async function readMigrations(dir = MIGRATIONS_DIR): Promise<Migration[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(dir, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

/**
 * Brings the store's database up to date; several processes may call it at once. Returns the names that were
 * applied now. Rejects, with nothing changed, when one fails, when an applied file was edited since, or when the
 * database knows migrations that this version does not have.
 */
export async function migrateStore(url: string, dir?: string): Promise<string[]> {
  const migrations = await readMigrations(dir);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    // A session lock on a connection of its own: gone with it, whatever happens.
    await client.query("SELECT pg_advisory_lock($1)", [LOCK_KEY]);
    await client.query(LEDGER);
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      "SELECT migration_name, checksum FROM _prisma_migrations WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL",
    );
    const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
    refuseStrangers(applied, migrations);
    const pending = migrations.filter((migration) => !applied.has(migration.name));
    for (const migration of pending) await apply(client, migration);
    return pending.map((migration) => migration.name);
  } finally {
    await client.end();
  }
}

function refuseStrangers(applied: Map<string, string>, migrations: Migration[]): void {
  for (const { name, checksum } of migrations) {
    const before = applied.get(name);
    if (before !== undefined && before !== checksum) {
      throw new Error(`the store's migration ${name} was edited after it had been applied; restore the file`);
    }
  }
  const known = new Set(migrations.map((migration) => migration.name));
  const newer = [...applied.keys()].filter((name) => !known.has(name));
  if (newer.length > 0) {
    throw new Error(
      `the store was used by a newer Signalbox (${newer.join(", ")}); start that version, or restore a backup from before`,
    );
  }
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query("BEGIN");
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw new Error(`the store's migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
}
