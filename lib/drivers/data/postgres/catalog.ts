/** What is in a slot's database, as far as copying, fencing and comparing need to know it. */
import type pg from "pg";
import { APP_SCHEMA } from "./names.ts";

export interface Column {
  name: string;
  type: string;
  generated: boolean;
  /** A row can't be written without a value for it. */
  required: boolean;
}

export interface Table {
  oid: number;
  schema: string;
  name: string;
  /** `r` ordinary, `p` partitioned, `f` foreign, `v` view, `m` materialised view. */
  kind: "r" | "p" | "f" | "v" | "m";
  /** It is part of a partitioned table, which stands for it. */
  partition: boolean;
  unlogged: boolean;
  /** It came with an extension. */
  extension: boolean;
  owner: string;
  forcesRowSecurity: boolean;
  columns: Column[];
  /** Unique sets of columns that can't be null, the primary key first. */
  keys: string[][];
}

const TABLES = `
  SELECT c.oid::int8::float8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
         c.relispartition AS partition, c.relpersistence = 'u' AS unlogged,
         EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AS extension,
         pg_get_userbyid(c.relowner) AS owner, c.relforcerowsecurity AS "forcesRowSecurity",
         coalesce(cols.list, '[]') AS columns, coalesce(keys.list, '[]') AS keys
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
      SELECT json_agg(json_build_object(
               'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
               'generated', a.attgenerated <> '',
               'required', (a.attnotnull OR t.typnotnull) AND NOT a.atthasdef AND a.attidentity = ''
                           AND t.typdefault IS NULL) ORDER BY a.attnum) AS list
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) cols ON true
    LEFT JOIN LATERAL (
      SELECT json_agg(k.names ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid) AS list
        FROM pg_index i
        CROSS JOIN LATERAL (
          SELECT json_agg(a.attname ORDER BY x.ord) AS names, bool_and(a.attnotnull) AS never_null,
                 count(*) AS found
            FROM unnest(i.indkey::int2[]) WITH ORDINALITY x (attnum, ord)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.attnum AND x.attnum > 0
           WHERE x.ord <= i.indnkeyatts) k
       WHERE i.indrelid = c.oid AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL
         AND k.never_null AND k.found = i.indnkeyatts) keys ON true
   WHERE ${APP_SCHEMA} AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
   ORDER BY n.nspname, c.relname`;

/** Every table and view of the app's schemas, in order of name. */
export async function readTables(client: pg.Client): Promise<Table[]> {
  return (await client.query<Table>(TABLES)).rows;
}

/** Tables that hold rows of their own as people see it: a partitioned table stands for its partitions. */
export const isDataTable = (table: Table): boolean =>
  (table.kind === "r" || table.kind === "p") && !table.partition && !table.extension;

export interface TableSize {
  rows: number;
  /** With indexes. */
  bytes: number;
  rowBytes: number;
}

/** Estimated rows and bytes by table oid; a partitioned table counts with its partitions. */
export async function readSizes(client: pg.Client): Promise<Map<number, TableSize>> {
  const { rows } = await client.query<TableSize & { oid: number }>(`
    SELECT c.oid::int8::float8 AS oid, s.rows::float8 AS rows, s.bytes::float8 AS bytes,
           s.row_bytes::float8 AS "rowBytes"
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(pg_total_relation_size(m.oid)), 0) AS bytes,
              coalesce(sum(pg_table_size(m.oid)), 0) AS row_bytes,
              coalesce(sum(CASE WHEN pg_stat_get_live_tuples(m.oid) > 0 THEN pg_stat_get_live_tuples(m.oid)
                                ELSE greatest(m.reltuples, 0) END), 0) AS rows
         FROM pg_class m
        WHERE m.oid = c.oid AND c.relkind = 'r'
           OR c.relkind = 'p' AND m.relkind = 'r' AND m.oid IN (SELECT relid FROM pg_partition_tree(c.oid))) s
     WHERE ${APP_SCHEMA} AND c.relkind IN ('r', 'p') AND NOT c.relispartition`);
  return new Map(rows.map(({ oid, ...size }) => [oid, size]));
}

/** Tables whose rows can be locked one by one by name: every one with storage, and the partitioned ones. */
export const LOCKABLE = `
  SELECT n.nspname AS schema, c.relname AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE ${APP_SCHEMA} AND c.relkind IN ('r', 'p') ORDER BY 1, 2`;
