/** What a rollback took back, seen from outside: two readings of the data compared, and the ledger told. */
import { isDeepStrictEqual } from "node:util";
import { decodeSum, indexOf } from "./deltas.ts";
import type { Ledger } from "./ledger.ts";
import type { Snapshot } from "./reader.ts";
import type { WriteRecord } from "./writes.ts";

export interface Loss {
  inserted: number;
  changed: number;
  deleted: number;
}

type Row = Record<string, unknown>;

/**
 * The rows of `before` that `after` does not have (inserted since), has differently (changed since) and the rows
 * that came back (deleted since). Rows are told apart by key, and compared on the columns that both releases
 * show. Rows that writes begun at `until` (epoch ms) or later touched are left out: `before` could not know them.
 */
export function rowsLost(before: Snapshot, after: Snapshot, records: WriteRecord[], until: number): Loss {
  const later = touchedSince(records, until);
  const loss: Loss = { inserted: 0, changed: 0, deleted: 0 };
  // A sequence that went back gives ids out again: only id and ref together say that it is the same row.
  for (const table of ["orders", "entries"] as const)
    compare(
      before[table],
      after[table],
      (row) => `${row.id} ${row.ref}`,
      (row) => later.has(String(row.ref)),
      loss,
    );
  const name = (row: Row) => String(row.name);
  compare(before.accounts, after.accounts, name, (row) => later.has(name(row)), loss);
  return loss;
}

function compare(
  before: Row[],
  after: Row[],
  key: (row: Row) => string,
  leftOut: (row: Row) => boolean,
  loss: Loss,
): void {
  const now = new Map(after.filter((row) => !leftOut(row)).map((row) => [key(row), row]));
  for (const was of before) {
    if (leftOut(was)) continue;
    const is = now.get(key(was));
    if (!is) loss.inserted++;
    else if (differ(was, is)) loss.changed++;
    now.delete(key(was));
  }
  loss.deleted += now.size;
}

const differ = (a: Row, b: Row): boolean =>
  Object.keys(a).some((column) => column in b && !isDeepStrictEqual(a[column], b[column]));

function touchedSince(records: WriteRecord[], until: number): Set<string> {
  const touched = new Set<string>();
  for (const { write, begunAt } of records)
    if (begunAt >= until) touched.add(write.kind === "add" ? write.account : write.ref);
  return touched;
}

/**
 * Goes on from the state that survived: writes of the span between `since` (when the swap's window began, epoch
 * ms) and `until` (when the last one before the rollback had been answered) that are not in `after` are
 * marked as rolled back. What was answered before `since` stays expected: if it is gone, it is lost.
 * Returns how many acknowledged writes were taken back.
 */
export function acceptLoss(ledger: Ledger, after: Snapshot, since: number, until: number): number {
  const inSpan = (record: WriteRecord) =>
    record.begunAt < until &&
    !record.rolledBack &&
    record.outcome !== "refused" &&
    (record.settledAt === null || record.settledAt >= since);
  const orders = new Set(after.orders.map((row) => row.ref));
  const entries = new Set(after.entries.map((row) => row.ref));
  const entryRows = new Set(after.entries.map((row) => `${row.id} ${row.ref}`));
  const sums = new Map(after.accounts.map((row) => [row.name, decodeSum(row.balance).times]));
  const landed = ({ write }: WriteRecord): boolean => {
    if (write.kind === "order") return orders.has(write.ref);
    if (write.kind === "entry") return entries.has(write.ref);
    // No rollback takes uploads back: they are fed back.
    if (write.kind === "upload") return true;
    if (write.kind === "delete") return !entryRows.has(`${write.id} ${write.ref}`);
    return (sums.get(write.account)?.[indexOf(write.delta)] ?? 0) > 0;
  };
  // Gone because it was deleted, whether the rollback took both back or neither.
  const deleted = new Set<string>();
  for (const { write, outcome } of ledger.records)
    if (write.kind === "delete" && outcome === "acknowledged") deleted.add(write.ref);
  const back = ledger.records.filter(
    (record) =>
      inSpan(record) && !landed(record) && !(record.write.kind === "entry" && deleted.has(record.write.ref)),
  );
  ledger.rollBack(back);
  return back.filter((record) => record.outcome === "acknowledged").length;
}
