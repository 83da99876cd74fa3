/** Tables in which migration tools note what they ran. They describe a schema, so they stay with it. */
import type { Table } from "./catalog.ts";

const KNOWN = new Set([
  "_prisma_migrations",
  "schema_migrations",
  "ar_internal_metadata",
  "knex_migrations",
  "knex_migrations_lock",
  "pgmigrations",
  "__drizzle_migrations",
  "flyway_schema_history",
  "databasechangelog",
  "databasechangeloglock",
  "executedscripts",
  "django_migrations",
  "alembic_version",
  "migrations",
  "typeorm_metadata",
  "sequelizemeta",
  "goose_db_version",
]);

/** Tells ledgers from data. `extra` are the manifest's own: `table` or `schema.table`. */
export function ledgerTest(extra: readonly string[]): (table: Pick<Table, "schema" | "name">) => boolean {
  const wanted = new Set(extra);
  return ({ schema, name }) =>
    KNOWN.has(name.toLowerCase()) || wanted.has(name) || wanted.has(`${schema}.${name}`);
}
