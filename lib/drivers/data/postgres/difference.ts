/** What one slot's data has beyond another's, row by row, each seen in one snapshot. */
import { randomBytes } from "node:crypto";
import type pg from "pg";
import type { Difference, DifferentRow } from "#lib/engine/ports.ts";
import { abortable, abortError } from "./abort.ts";
import { readTables, type Table } from "./catalog.ts";
import type { Session } from "./connect.ts";
import { rowsOf } from "./count.ts";
import { type Comparison, comparisonOf, rowsQuery, summaryQuery } from "./difference-query.ts";
import { matchTables } from "./match.ts";
import { differences, type Found, type KeyedRow, readOrdered } from "./merge.ts";
import { shown } from "./quote.ts";
import type { Side } from "./side.ts";

export interface DifferenceOptions {
  onRow?(row: DifferentRow): void | Promise<void>;
  signal: AbortSignal;
}

type TableDifference = Difference["tables"][number];

export async function differenceOf(
  base: Side,
  current: Side,
  isLedger: (table: Table) => boolean,
  { onRow, signal }: DifferenceOptions,
): Promise<Difference> {
  if (signal.aborted) throw abortError(signal);
  const started = performance.now();
  const sessions: Session[] = [];
  for (const { server, names } of [base, current]) sessions.push(await server.reopen(names.database));
  const [left, right] = sessions.map((session) => session.client) as [pg.Client, pg.Client];
  const all = await abortable(sessions, signal, async () => {
    await Promise.all([beginReading(left), beginReading(right)]);
    const match = matchTables(await readTables(left), await readTables(right), isLedger);
    const seed = randomBytes(8).readBigInt64BE();
    const tables: TableDifference[] = [];
    for (const pair of match.pairs) tables.push(await compare(left, right, comparisonOf(pair, seed), onRow));
    for (const table of match.onlyTo) {
      // Nothing to compare with: what was written into it since is not known.
      const { rowCount } = await right.query(`SELECT FROM ${rowsOf(table)} LIMIT 1`);
      tables.push({ ...NONE, table: shown(table), exact: !rowCount });
    }
    return tables;
  });
  await Promise.all(sessions.map((session) => session.close()));
  const sum = (kind: DifferentRow["kind"]) => all.reduce((total, table) => total + table[kind], 0);
  return {
    inserted: sum("inserted"),
    changed: sum("changed"),
    deleted: sum("deleted"),
    exact: all.every((table) => table.exact),
    tables: all.filter((table) => !table.exact || table.inserted + table.changed + table.deleted > 0),
    ms: performance.now() - started,
  };
}

const NONE = { inserted: 0, changed: 0, deleted: 0 };

const beginReading = (client: pg.Client) =>
  client.query(
    "SET statement_timeout = 0; SET work_mem = '64MB'; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
  );

async function compare(
  left: pg.Client,
  right: pg.Client,
  comparison: Comparison,
  onRow: DifferenceOptions["onRow"],
): Promise<TableDifference> {
  const { from, to } = comparison.pair;
  const result = { ...NONE, table: shown(to), exact: comparison.key !== null };
  const buckets = await differentBuckets(left, right, comparison);
  if (buckets.length === 0) return result;
  const names = (table: Table) => (onRow ? table.columns.map((column) => column.name) : []);
  const found = differences(
    readOrdered(left, rowsQuery(comparison, from, names(from)), buckets),
    readOrdered(right, rowsQuery(comparison, to, names(to)), buckets),
  );
  for await (const one of found) {
    result[one.kind] += one.times;
    if (!onRow) continue;
    const row = differentRow(comparison, one);
    for (let times = 0; times < one.times; times += 1) await onRow(row);
  }
  return result;
}

async function differentBuckets(
  left: pg.Client,
  right: pg.Client,
  comparison: Comparison,
): Promise<number[]> {
  const summary = async (client: pg.Client, table: Table) => {
    // Sorting whole rows to group them is what the planner would choose, not knowing how few groups there are.
    await client.query("SET LOCAL enable_sort = off");
    const { rows } = await client.query(summaryQuery(comparison, table));
    await client.query("SET LOCAL enable_sort = on");
    return new Map<number, string>(rows.map((row) => [row.bucket, `${row.rows} ${row.sum}`]));
  };
  const [base, current] = await Promise.all([
    summary(left, comparison.pair.from),
    summary(right, comparison.pair.to),
  ]);
  const buckets = [...current].filter(([bucket, sum]) => base.get(bucket) !== sum).map(([bucket]) => bucket);
  for (const bucket of base.keys()) if (!current.has(bucket)) buckets.push(bucket);
  return buckets;
}

function differentRow({ pair, key, columns }: Comparison, { kind, base, current }: Found): DifferentRow {
  const record = (table: Table, row: KeyedRow | null) =>
    row && Object.fromEntries(table.columns.map((column, index) => [column.name, row.values[index] ?? null]));
  const before = record(pair.from, base);
  const after = record(pair.to, current);
  const either = (after ?? before)!;
  const identity = Object.fromEntries((key ?? columns).map((name) => [name, either[name]]));
  return { table: shown(pair.to), kind, key: identity, base: before, current: after };
}
