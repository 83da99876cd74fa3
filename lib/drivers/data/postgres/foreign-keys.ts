/** Foreign keys of the target, which the copy does not check row by row. */
import type pg from "pg";
import { Refusal } from "#lib/engine/ports.ts";
import type { Table } from "./catalog.ts";
import type { Match } from "./match.ts";
import { APP_SCHEMA } from "./names.ts";
import { identifier, qualified, shown } from "./quote.ts";

export interface ForeignKey {
  name: string;
  schema: string;
  table: string;
  columns: string[];
  toSchema: string;
  toTable: string;
  toColumns: string[];
  /** Equality per column, as `OPERATOR(schema.=)`. */
  operators: string[];
  validated: boolean;
}

export async function readForeignKeys(client: pg.Client): Promise<ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(`
    SELECT f.conname AS name, n.nspname AS schema, c.relname AS "table", pn.nspname AS "toSchema",
           p.relname AS "toTable", f.convalidated AS validated, k.*
      FROM pg_constraint f
      JOIN pg_class c ON c.oid = f.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_class p ON p.oid = f.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
     CROSS JOIN LATERAL (
       SELECT json_agg(a.attname ORDER BY x.ord) AS columns, json_agg(b.attname ORDER BY x.ord) AS "toColumns",
              json_agg(format('OPERATOR(%I.%s)', o_n.nspname, o.oprname) ORDER BY x.ord) AS operators
         FROM unnest(f.conkey, f.confkey, f.conpfeqop) WITH ORDINALITY x (own, other, op, ord)
         JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = x.own
         JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = x.other
         JOIN pg_operator o ON o.oid = x.op JOIN pg_namespace o_n ON o_n.oid = o.oprnamespace) k
     WHERE f.contype = 'f' AND f.conparentid = 0 AND ${APP_SCHEMA}
     ORDER BY n.nspname, c.relname, f.conname`);
  return rows;
}

const child = (key: ForeignKey): string => `${key.schema}.${key.table}`;
const parent = (key: ForeignKey): string => `${key.toSchema}.${key.toTable}`;

/** Condition on `t`, a row of the key's table, that it points at nothing. */
function dangling(key: ForeignKey): string {
  const set = key.columns.map((column) => `t.${identifier(column)} IS NOT NULL`).join(" AND ");
  const match = key.columns.map(
    (column, index) =>
      `r.${identifier(key.toColumns[index]!)} ${key.operators[index]} t.${identifier(column)}`,
  );
  const referenced = qualified({ schema: key.toSchema, name: key.toTable });
  return `${set} AND NOT EXISTS (SELECT FROM ${referenced} r WHERE ${match.join(" AND ")})`;
}

/** Tables that a TRUNCATE can't empty, because tables that keep their rows refer to them. */
export function referredFromKept(keys: ForeignKey[], match: Match): Set<string> {
  const copied = new Set(match.pairs.map((pair) => shown(pair.to)));
  return new Set(keys.filter((key) => !copied.has(child(key))).map(parent));
}

/** Deletes what the target alone has and what now points at nothing. Returns a note per table. */
export async function dropDangling(target: pg.Client, keys: ForeignKey[], kept: Table[]): Promise<string[]> {
  const own = new Set(kept.map(shown));
  const concerned = keys.filter((key) => own.has(child(key)));
  const dropped = new Map<string, number>();
  for (let again = true; again; ) {
    again = false;
    for (const key of concerned) {
      const table = qualified({ schema: key.schema, name: key.table });
      const { rowCount } = await target.query(`DELETE FROM ${table} t WHERE ${dangling(key)}`);
      if (!rowCount) continue;
      again = true;
      dropped.set(child(key), (dropped.get(child(key)) ?? 0) + rowCount);
    }
  }
  return [...dropped].map(
    ([table, rows]) => `${rows} rows of ${table} were deleted: they belonged to rows that were replaced`,
  );
}

/** Checks every foreign key that the source does not vouch for. Rejects with Refusal at the first broken one. */
export async function checkForeignKeys(
  source: ForeignKey[],
  target: pg.Client,
  keys: ForeignKey[],
): Promise<void> {
  const identity = (key: ForeignKey) => JSON.stringify([child(key), key.columns, parent(key), key.toColumns]);
  const vouched = new Set(source.filter((key) => key.validated).map(identity));
  for (const key of keys) {
    if (!key.validated || vouched.has(identity(key))) continue;
    const table = qualified({ schema: key.schema, name: key.table });
    const { rowCount } = await target.query(`SELECT FROM ${table} t WHERE ${dangling(key)} LIMIT 1`);
    if (!rowCount) continue;
    throw new Refusal(
      "foreign-key-broken",
      `${child(key)} has rows in the live data that break the new foreign key ${key.name} to ${parent(key)}.`,
      "Repair these rows in the live data, or let the new release do without the foreign key.",
    );
  }
}

/** Tables with those that they refer to first. Circles keep the order that they came in. */
export function parentsFirst<T>(items: T[], nameOf: (item: T) => string, keys: ForeignKey[]): T[] {
  const byName = new Map(items.map((item) => [nameOf(item), item]));
  const done = new Set<string>();
  const ordered: T[] = [];
  const visit = (name: string) => {
    const item = byName.get(name);
    if (!item || done.has(name)) return;
    done.add(name);
    for (const key of keys) if (child(key) === name) visit(parent(key));
    ordered.push(item);
  };
  for (const name of byName.keys()) visit(name);
  return ordered;
}
