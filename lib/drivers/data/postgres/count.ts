import type pg from "pg";
import type { TableCount } from "#lib/engine/ports.ts";
import { isDataTable, readTables, type Table } from "./catalog.ts";
import { qualified, shown } from "./quote.ts";
import type { Side } from "./side.ts";

/** Rows of each table that both have, counted in one snapshot per database. Ledgers don't count. */
export async function countRows(
  from: Side,
  to: Side,
  isLedger: (table: Table) => boolean,
): Promise<TableCount[]> {
  const [left, right] = await Promise.all([
    from.server.use(from.names.database, (client) => countAll(client, isLedger)),
    to.server.use(to.names.database, (client) => countAll(client, isLedger)),
  ]);
  return [...left].flatMap(([table, count]) => {
    const other = right.get(table);
    return other === undefined ? [] : [{ table, from: count, to: other }];
  });
}

async function countAll(
  client: pg.Client,
  isLedger: (table: Table) => boolean,
): Promise<Map<string, number>> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0");
  const tables = (await readTables(client)).filter((table) => isDataTable(table) && !isLedger(table));
  const counts = new Map<string, number>();
  for (const table of tables) {
    const { rows } = await client.query(`SELECT count(*)::float8 AS count FROM ${rowsOf(table)}`);
    counts.set(shown(table), rows[0].count);
  }
  await client.query("COMMIT");
  return counts;
}

/** What to read a table's own rows from: without the tables that inherit from it, but with its partitions. */
export const rowsOf = (table: Table): string => `${table.kind === "p" ? "" : "ONLY "}${qualified(table)}`;
