/** The statements of a comparison. `t` is a row, its key and itself as text that reads the same on both sides. */
import type { Table } from "./catalog.ts";
import { rowsOf } from "./count.ts";
import type { Pair } from "./match.ts";
import { identifier } from "./quote.ts";

/** Rows fall into that many groups by key; only groups whose sums differ are read. */
const BUCKETS = 65_536;

export interface Comparison {
  pair: Pair;
  /** What is compared: columns of both that neither computes. */
  columns: string[];
  /** Null: no key that both have, so whole rows are counted against each other. */
  key: string[] | null;
  /** Chosen anew for each comparison, so that nobody can prepare rows that hide behind each other. */
  seed: bigint;
}

export function comparisonOf(pair: Pair, seed: bigint): Comparison {
  const computed = new Set(pair.from.columns.filter((column) => column.generated).map(({ name }) => name));
  const columns = pair.columns.filter((column) => !computed.has(column));
  return { pair, columns, key: sharedKey(pair, columns), seed };
}

/** The best key that is unique on both sides. */
export function sharedKey(pair: Pair, columns: string[] = pair.columns): string[] | null {
  const other = new Set(pair.to.keys.map(nameSet));
  const key = pair.from.keys.find(
    (names) => other.has(nameSet(names)) && names.every((name) => columns.includes(name)),
  );
  return key ?? null;
}

const nameSet = (names: string[]): string => JSON.stringify([...names].sort());

const rowText = (columns: string[]): string =>
  `(ROW(${columns.map((column) => `t.${identifier(column)}`).join(", ")})::text COLLATE "C")`;

// The text is hashed, not the row: in PostgreSQL's hash of a row a bigint's halves can change places unnoticed, and a
// timestamp's too; and its own equality is no use where a change of 1.0 to 1.00 is one.
const hash = ({ seed }: Comparison, names: string[]): string =>
  `hashtextextended(${rowText(names)}, ${seed})`;

const keyText = ({ key, columns }: Comparison): string =>
  key?.length === 1 ? `t.${identifier(key[0]!)}::text COLLATE "C"` : rowText(key ?? columns);

const bucket = (comparison: Comparison): string =>
  `(${hash(comparison, comparison.key ?? comparison.columns)} & ${BUCKETS - 1})::int`;

/** One row per group: `bucket`, `rows`, `sum`. */
export function summaryQuery(comparison: Comparison, table: Table): string {
  // Rows without a key can be there twice, and two equal ones would cancel each other out.
  const together = comparison.key ? "bit_xor" : "sum";
  return `SELECT ${bucket(comparison)} AS bucket, count(*)::text AS rows,
                 ${together}(${hash(comparison, comparison.columns)})::text AS sum
            FROM ${rowsOf(table)} t GROUP BY 1`;
}

/**
 * Rows of the groups in `$1` in order of key: key text, fingerprint, how often (only without a key more than
 * once), then the values of `values`.
 */
export function rowsQuery(comparison: Comparison, table: Table, values: string[]): string {
  const list = values.map((column) => `, t.${identifier(column)}`).join("");
  const where = `${bucket(comparison)} = ANY ($1::int[])`;
  return comparison.key
    ? `SELECT ${keyText(comparison)} AS k, ${hash(comparison, comparison.columns)}, 1${list}
         FROM ${rowsOf(table)} t WHERE ${where} ORDER BY 1`
    : `SELECT DISTINCT ON (r.k) r.k, '', count(*) OVER (PARTITION BY r.k)${list}
         FROM ${rowsOf(table)} t CROSS JOIN LATERAL (SELECT ${rowText(comparison.columns)} AS k) r
        WHERE ${where} ORDER BY r.k`;
}
