/** Which tables and columns of two databases belong together, by name. */
import { type Column, isDataTable, type Table } from "./catalog.ts";
import { shown } from "./quote.ts";

export interface Pair {
  from: Table;
  to: Table;
  /** In the order of `from`; the target computes its generated columns itself. */
  columns: string[];
}

export interface Match {
  pairs: Pair[];
  /** Data tables that only the target has. */
  onlyTo: Table[];
  /** Data tables that only the source has. */
  onlyFrom: Table[];
  /** What is left out, in sentences. */
  notes: string[];
  /** Target columns that a copied row could not fill. */
  unfillable: { table: Table; column: Column }[];
}

export function matchTables(from: Table[], to: Table[], isLedger: (table: Table) => boolean): Match {
  const match: Match = { pairs: [], onlyTo: [], onlyFrom: [], notes: [], unfillable: [] };
  const targets = new Map(to.filter(isDataTable).map((table) => [shown(table), table]));
  for (const source of from.filter(isDataTable)) {
    const name = shown(source);
    const target = targets.get(name);
    targets.delete(name);
    if (isLedger(source)) {
      if (target) match.notes.push(`${name} is a migration ledger and was left alone`);
    } else if (!target) {
      match.onlyFrom.push(source);
      match.notes.push(`${name} is missing on the target and was left out`);
    } else {
      match.pairs.push(pair(source, target, match));
    }
  }
  for (const target of targets.values()) {
    if (isLedger(target)) continue;
    match.onlyTo.push(target);
    match.notes.push(`${shown(target)} exists only on the target; its rows were kept`);
  }
  for (const table of from) {
    if (table.kind === "f") match.notes.push(`${shown(table)} is a foreign table; its rows live elsewhere`);
  }
  return match;
}

function pair(from: Table, to: Table, match: Match): Pair {
  const name = shown(from);
  const wanted = new Map(to.columns.map((column) => [column.name, column]));
  const columns: string[] = [];
  for (const column of from.columns) {
    const target = wanted.get(column.name);
    wanted.delete(column.name);
    if (!target) match.notes.push(`${name}.${column.name} is missing on the target and was left out`);
    else if (!target.generated) columns.push(column.name);
  }
  for (const column of wanted.values()) {
    if (column.required) match.unfillable.push({ table: to, column });
    else if (!column.generated) {
      match.notes.push(`${name}.${column.name} exists only on the target and got its default`);
    }
  }
  return { from, to, columns };
}
