/** Whether two slots hold the same, while one goes on being written and feeds the other. Reads only. */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { Refusal, type VerifyOptions, type VerifyReport } from "#lib/engine/ports.ts";
import { abortable, abortError } from "./abort.ts";
import { readSizes, readTables, type Table, type TableSize } from "./catalog.ts";
import type { Session } from "./connect.ts";
import { readKeyOrders } from "./key-order.ts";
import { type Match, matchTables } from "./match.ts";
import { shown } from "./quote.ts";
import type { Side } from "./side.ts";
import { type TableCheck, tableCheck } from "./verify-query.ts";
import { type Sides, verifyTable } from "./verify-table.ts";
import { TableTally } from "./verify-tally.ts";

const RANGE_ROWS = 10_000;
const RANGE_BYTES = 32 << 20;
const PROGRESS_MS = 200;

/**
 * Compares every table that both have, in ranges of some ten thousand rows, each in a transaction of its own. A range
 * that differs is looked at until its rows are equal or certainly are not: see settle. Rejects with AbortError on
 * `signal`, with Refusal when a table can't be read.
 */
export async function verifySlots(
  from: Side,
  to: Side,
  isLedger: (table: Table) => boolean,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { signal } = options;
  if (signal.aborted) throw abortError(signal);
  const started = performance.now();
  const sessions: Session[] = [];
  for (const { server, names } of [from, to]) sessions.push(await server.reopen(names.database));
  const [left, right] = sessions.map((session) => session.client) as [pg.Client, pg.Client];
  const report = await abortable(sessions, signal, () =>
    verifyAll({ from: left, to: right }, isLedger, options),
  );
  await Promise.all(sessions.map((session) => session.close()));
  return { ...report, ms: performance.now() - started };
}

async function verifyAll(
  sides: Sides,
  isLedger: (table: Table) => boolean,
  { caughtUp, onProgress, signal }: VerifyOptions,
): Promise<Omit<VerifyReport, "ms">> {
  await Promise.all([beGentle(sides.from), beGentle(sides.to)]);
  const match = matchTables(await readTables(sides.from), await readTables(sides.to), isLedger);
  const [orders, twins] = [await readKeyOrders(sides.from), await readKeyOrders(sides.to)];
  const sizes = await readSizes(sides.from);
  const rowsTotal = match.pairs.reduce((sum, pair) => sum + (sizes.get(pair.from.oid)?.rows ?? 0), 0);
  const report: Omit<VerifyReport, "ms"> = { tables: [], mismatches: [], notes: notCompared(match) };
  let [rows, told] = [0, 0];
  for (const pair of match.pairs) {
    const check = tableCheck(pair, orders, twins);
    const table = shown(pair.from);
    const tally = new TableTally(table);
    const tell = (more: number) => {
      rows += more;
      if (performance.now() - told < PROGRESS_MS) return;
      told = performance.now();
      const tablesDone = report.tables.length;
      onProgress({ table, tablesDone, tablesTotal: match.pairs.length, rows, rowsTotal });
    };
    await verifyTable({
      sides,
      check,
      tally,
      rangeRows: rangeRows(sizes.get(pair.from.oid)),
      caughtUp,
      pause: (round) => sleep(Math.min(10 * 2 ** round, 500), undefined, { signal }),
      onRows: tell,
    }).catch((error) => {
      throw refusal(table, error);
    });
    report.tables.push(tally.report);
    report.mismatches.push(...tally.mismatches);
    report.notes.push(...tally.notes, ...leftOut(check));
  }
  return report;
}

/** Each statement is a transaction that only reads, takes one core at most, and as long as it takes. */
const beGentle = (client: pg.Client) =>
  client.query(
    `SET default_transaction_read_only = on; SET statement_timeout = 0; SET max_parallel_workers_per_gather = 0;
     SET jit = off; SET enable_sort = off; SET work_mem = '32MB'`,
  );

/** Fewer where rows are long, so that none takes long to read again. */
function rangeRows(size: TableSize | undefined): number {
  if (!size?.rows || !size.rowBytes) return RANGE_ROWS;
  return Math.max(100, Math.min(RANGE_ROWS, Math.floor((RANGE_BYTES / size.rowBytes) * size.rows)));
}

function notCompared(match: Match): string[] {
  const only = (table: Table, where: string) =>
    `${shown(table)} exists only on the ${where} and was not compared`;
  return [
    ...match.onlyFrom.map((table) => only(table, "source")),
    ...match.onlyTo.map((table) => only(table, "target")),
  ];
}

function leftOut({ pair, columns, key }: TableCheck): string[] {
  const compared = new Set(columns);
  const all = [...pair.from.columns, ...pair.to.columns].filter((column) => !column.generated);
  const names = new Set(all.map(({ name }) => name).filter((name) => !compared.has(name)));
  const notes = [...names].map(
    (name) => `${shown(pair.from)}.${name} is missing or computed on one side and was not compared`,
  );
  if (!key)
    notes.push(`${shown(pair.from)} has no key that both sides share; its rows were counted by content`);
  return notes;
}

/** Errors that the data or the schema cause are the operator's to mend; others stay what they are. */
function refusal(table: string, error: unknown): unknown {
  const { code, message } = error as pg.DatabaseError;
  if (typeof code !== "string" || !/^(22|42)/.test(code)) return error;
  return new Refusal(
    "not-comparable",
    `${table} could not be compared: ${message}.`,
    "If its schema was being changed, verify again; otherwise repair the values that the message names.",
    { cause: error },
  );
}
