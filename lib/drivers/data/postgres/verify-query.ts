/** The statements of a verification. `t` is a row. All read the same values the same on both sides. */
import type { Table } from "./catalog.ts";
import { rowsOf } from "./count.ts";
import { comparisonOf } from "./difference-query.ts";
import { type KeyColumn, type KeyOrders, sharedOrder } from "./key-order.ts";
import type { Pair } from "./match.ts";
import { identifier } from "./quote.ts";

export type Which = "from" | "to";

export interface TableCheck {
  pair: Pair;
  /** What is compared: columns of both that neither computes. */
  columns: string[];
  /** Null: no key that both have, so equal rows are counted. */
  key: string[] | null;
  /** The key's columns in an order that both sides share and have an index for. Null: groups instead of ranges. */
  order: { from: KeyColumn[]; to: KeyColumn[] } | null;
}

/** Key values as texts; null: no bound. */
export type Bound = string[] | null;

export interface Range {
  /** Exclusive. */
  after: Bound;
  /** Inclusive. */
  upTo: Bound;
}

export interface Statement {
  text: string;
  values: unknown[];
}

export function tableCheck(pair: Pair, from: KeyOrders, to: KeyOrders): TableCheck {
  const { columns, key } = comparisonOf(pair, 0n);
  const order = sharedOrder(pair, columns, from, to);
  return { pair, columns, key: order?.from.map(({ name }) => name) ?? key, order };
}

/** Always the same, so that a table's checksum can be compared with an earlier one. */
const SEED = 4;
const GROUPS = 65_536;

const typeOf = (table: Table, name: string) => table.columns.find((column) => column.name === name)!.type;

/** The column as `to` would show it: a value that moves into another type is written differently there. */
function value({ pair }: TableCheck, side: Which, name: string): string {
  const column = `t.${identifier(name)}`;
  const type = typeOf(pair.to, name);
  const converts = side === "from" && type !== typeOf(pair.from, name);
  // Others than PostgreSQL's own types (they have a dot) may be unknown on the other side; a cast to a text type
  // would cut off what does not fit.
  return converts && !/\.|^(text|character varying)/.test(type) ? `${column}::text::${type}` : column;
}

const rowText = (check: TableCheck, side: Which, names: string[]): string =>
  `(ROW(${names.map((name) => value(check, side, name)).join(", ")})::text COLLATE "C")`;

// PostgreSQL's hash of a whole row won't do: in it a bigint's halves can change places unnoticed, and so can the
// values of two rows once their hashes are added up.
const rowHash = (check: TableCheck, side: Which): string =>
  `hashtextextended(${rowText(check, side, check.columns)}, ${SEED})`;

const SUMMARY = (hash: string) => `count(*)::text AS rows, coalesce(sum(${hash}), 0)::text AS sum`;

/** The row's key as it is shown to people: a value, or several in parentheses. */
export const keyShown = (check: TableCheck, side: Which): string =>
  check.key!.length === 1 ? `${value(check, side, check.key![0]!)}::text` : rowText(check, side, check.key!);

// ── ranges of an ordered key ─────────────────────────────────────────────────────────────────────────────────

const ordered = (order: KeyColumn[]): string => order.map(({ name }) => `t.${identifier(name)}`).join(", ");

/** The key's columns for ORDER BY. Only for a check with an order. */
export const orderedBy = (check: TableCheck, side: Which, direction: "ASC" | "DESC" = "ASC"): string =>
  check.order![side].map(({ name }) => `t.${identifier(name)} ${direction}`).join(", ");

function within(order: KeyColumn[], range: Range): { where: string; values: string[] } {
  const values: string[] = [];
  const conditions: string[] = [];
  const add = (operator: string, bound: Bound) => {
    if (!bound) return;
    const list = order.map(({ cast }, at) => `$${values.length + at + 1}::${cast}`).join(", ");
    values.push(...bound);
    conditions.push(`(${ordered(order)}) ${operator} (${list})`);
  };
  add(">", range.after);
  add("<=", range.upTo);
  return { where: conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "", values };
}

/** `key` of the row that `rows` others of the range come before; nothing where it has no more than those. */
export function boundaryQuery(check: TableCheck, side: Which, range: Range, rows: number): Statement {
  const order = check.order![side];
  const { where, values } = within(order, range);
  const key = order.map(({ name }) => `${value(check, side, name)}::text`).join(", ");
  return {
    text: `SELECT ARRAY[${key}] AS key FROM ${rowsOf(check.pair[side])} t ${where}
            ORDER BY ${orderedBy(check, side)} OFFSET ${rows} LIMIT 1`,
    values,
  };
}

/** `rows` and `sum` of a range. */
export function rangeQuery(check: TableCheck, side: Which, range: Range): Statement {
  const { where, values } = within(check.order![side], range);
  return {
    text: `SELECT ${SUMMARY(rowHash(check, side))} FROM ${rowsOf(check.pair[side])} t ${where}`,
    values,
  };
}

/** Rows of a range in order: `id`, `shown`, `value`, `version`. */
export function rangeRowsQuery(check: TableCheck, side: Which, range: Range): Statement {
  const { where, values } = within(check.order![side], range);
  return {
    text: `SELECT ${keyShown(check, side)} AS id, ${rowHash(check, side)}::text AS value, t.xmin::text AS version
             FROM ${rowsOf(check.pair[side])} t ${where} ORDER BY ${orderedBy(check, side)}`,
    values,
  };
}

// ── groups by hash ───────────────────────────────────────────────────────────────────────────────────────────

function group(check: TableCheck, side: Which): string {
  const hash = check.key
    ? `hashtextextended(${rowText(check, side, check.key)}, ${SEED})`
    : rowHash(check, side);
  return `(${hash} & ${GROUPS - 1})::int`;
}

/** One row per group of the whole table: `bucket`, `rows`, `sum`. */
export function groupsQuery(check: TableCheck, side: Which): Statement {
  return {
    text: `SELECT ${group(check, side)} AS bucket, ${SUMMARY(rowHash(check, side))}
             FROM ${rowsOf(check.pair[side])} t GROUP BY 1`,
    values: [],
  };
}

/** Rows of some groups, as rangeRowsQuery has them. Without a key equal ones are one, and `value` is their number. */
export function groupRowsQuery(check: TableCheck, side: Which, groups: number[]): Statement {
  const [table, hash] = [rowsOf(check.pair[side]), rowHash(check, side)];
  const where = `WHERE ${group(check, side)} = ANY ($1::int[])`;
  const text = check.key
    ? `SELECT ${keyShown(check, side)} AS id, ${hash}::text AS value, t.xmin::text AS version
         FROM ${table} t ${where} ORDER BY 1`
    : `SELECT ${hash}::text AS id, min(left(${rowText(check, side, check.columns)}, 200)) AS shown,
              count(*)::text AS value, sum(t.xmin::text::bigint)::text AS version
         FROM ${table} t ${where} GROUP BY 1`;
  return { text, values: [groups] };
}
