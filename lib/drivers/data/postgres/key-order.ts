/** Unique indexes that put rows in one and the same order in two databases, so that a key range means the same in both. */
import type pg from "pg";
import type { Pair } from "./match.ts";
import { APP_SCHEMA } from "./names.ts";

export interface KeyColumn {
  name: string;
  /** The type that a text must become to be compared with the column. SQL, as PostgreSQL itself writes it. */
  cast: string;
  /** By what its values are ordered. Two columns with the same are ordered alike. */
  order: [type: string, collation: unknown];
}

// Types of an app's own may be ordered otherwise on each side (an enum is, by its declaration), and collations
// differ between databases, libraries and their versions. Such keys are compared without their order.
const ORDERS = `
  WITH home AS (
    SELECT jsonb_build_array(d->'encoding', d->'datlocprovider', d->'datcollate', d->'datctype',
             coalesce(d->'datlocale', d->'daticulocale'), d->'daticurules', d->'datcollversion', actual) AS collation
      FROM (SELECT to_jsonb(r) AS d, pg_database_collation_actual_version(r.oid) AS actual
              FROM pg_database r WHERE r.datname = current_database()) one)
  SELECT i.indrelid::int8::float8 AS oid, k.columns
    FROM home CROSS JOIN pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
   CROSS JOIN LATERAL (
     SELECT count(*) AS found,
            json_agg(json_build_object(
              'name', a.attname,
              'cast', CASE f.opfname WHEN 'integer_ops' THEN 'bigint' ELSE format_type(y.oid, -1) END,
              'order', json_build_array(
                CASE f.opfname WHEN 'integer_ops' THEN 'integer' ELSE y.typname END,
                CASE WHEN l.oid IS NULL THEN NULL
                     WHEN l.collprovider = 'd' OR y.typname = 'citext' THEN home.collation
                     ELSE jsonb_build_array(l.collprovider, l.collcollate, l.collctype,
                            coalesce(to_jsonb(l)->'colllocale', to_jsonb(l)->'colliculocale'),
                            to_jsonb(l)->'collicurules', l.collversion, pg_collation_actual_version(l.oid))
                END)) ORDER BY x.ord) AS columns,
            bool_and(a.attnotnull AND i.indoption[x.ord - 1] = 0 AND o.opcdefault
                     AND i.indcollation[x.ord - 1] = a.attcollation AND y.typtype = 'b'
                     AND (y.oid < 16384 OR y.typname = 'citext')) AS plain
       FROM unnest(i.indkey::int2[]) WITH ORDINALITY x (attnum, ord)
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.attnum AND x.attnum > 0
       JOIN pg_opclass o ON o.oid = i.indclass[x.ord - 1]
       JOIN pg_opfamily f ON f.oid = o.opcfamily
       JOIN pg_type y ON y.oid = o.opcintype
       LEFT JOIN pg_collation l ON l.oid = i.indcollation[x.ord - 1]
      WHERE x.ord <= i.indnkeyatts) k
   WHERE ${APP_SCHEMA} AND NOT c.relispartition AND i.indisunique AND i.indimmediate AND i.indisvalid
     AND i.indpred IS NULL AND k.plain AND k.found = i.indnkeyatts
   ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid`;

/** Ordered keys by table oid, the primary key first. */
export type KeyOrders = Map<number, KeyColumn[][]>;

export async function readKeyOrders(client: pg.Client): Promise<KeyOrders> {
  const { rows } = await client.query<{ oid: number; columns: KeyColumn[] }>(ORDERS);
  const orders: KeyOrders = new Map();
  for (const { oid, columns } of rows) orders.set(oid, [...(orders.get(oid) ?? []), columns]);
  return orders;
}

/** The best key on `columns` by whose order both sides of the pair can be read. Null: none. */
export function sharedOrder(
  pair: Pair,
  columns: readonly string[],
  from: KeyOrders,
  to: KeyOrders,
): { from: KeyColumn[]; to: KeyColumn[] } | null {
  for (const key of from.get(pair.from.oid) ?? []) {
    const twin = to.get(pair.to.oid)?.find((other) => ordersAlike(pair, key, other));
    if (twin && key.every(({ name }) => columns.includes(name))) return { from: key, to: twin };
  }
  return null;
}

function ordersAlike(pair: Pair, key: KeyColumn[], other: KeyColumn[]): boolean {
  return (
    key.length === other.length &&
    key.every((column, at) => {
      const twin = other[at]!;
      return (
        column.name === twin.name &&
        JSON.stringify(column.order) === JSON.stringify(twin.order) &&
        // A key that is rounded on its way (to fewer decimals, to whole seconds) moves in the order.
        (/^(integer|text)$/.test(column.order[0]) ||
          typeOf(pair.from, column.name) === typeOf(pair.to, column.name))
      );
    })
  );
}

const typeOf = (table: Pair["from"], name: string) =>
  table.columns.find((column) => column.name === name)!.type;
