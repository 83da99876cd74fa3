/** Carries where sequences stand, exactly and undone with the transaction. */
import type pg from "pg";
import type { Pair } from "./match.ts";
import { APP_SCHEMA } from "./names.ts";
import { identifier, literal, qualified, shown } from "./quote.ts";

interface Sequence {
  schema: string;
  name: string;
  /** `schema.table` and column that it feeds; null: it stands for itself. */
  table: string | null;
  column: string | null;
}

interface Position {
  value: string;
  called: boolean;
}

const SEQUENCES = `
  SELECT n.nspname AS schema, c.relname AS name, tn.nspname || '.' || t.relname AS table, a.attname AS column
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
          AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_class t ON t.oid = d.refobjid
    LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
   WHERE c.relkind = 'S' AND ${APP_SCHEMA} ORDER BY 1, 2`;

/** Sets the target's sequences to where the source's stand. Sequences of tables that were not copied stay. */
export async function carrySequences(source: pg.Client, target: pg.Client, pairs: Pair[]): Promise<void> {
  const from = (await source.query<Sequence>(SEQUENCES)).rows;
  const to = (await target.query<Sequence>(SEQUENCES)).rows;
  const byColumn = new Map(from.map((sequence) => [feeds(sequence), sequence]));
  const byName = new Map(from.map((sequence) => [shown(sequence), sequence]));
  const copied = new Map(pairs.map((pair) => [shown(pair.to), pair]));
  const positions = await readPositions(source, from);
  const statements: string[] = [];
  for (const sequence of to) {
    const pair = sequence.table === null ? null : copied.get(sequence.table);
    if (pair === undefined) continue;
    const match = (pair && byColumn.get(feeds(sequence))) ?? byName.get(shown(sequence));
    const position = match && positions.get(shown(match));
    if (position) {
      statements.push(set(sequence, `${literal(position.value)}::bigint, ${position.called}`));
    } else if (pair?.columns.includes(sequence.column!)) {
      // The source fills this column by other means: go on behind its highest value.
      const highest = `(SELECT max(${identifier(sequence.column!)})::bigint FROM ${qualified(pair.to)})`;
      statements.push(set(sequence, `greatest(${highest}, 1), ${highest} IS NOT NULL`));
    }
  }
  if (statements.length > 0) await target.query(statements.join(";\n"));
}

const feeds = (sequence: Sequence): string | null =>
  sequence.table === null ? null : JSON.stringify([sequence.table, sequence.column]);

// `setval` alone is not undone by a rollback; after RESTART it works on a file that is.
const set = (sequence: Sequence, position: string): string =>
  `ALTER SEQUENCE ${qualified(sequence)} RESTART;
   SELECT setval(${literal(qualified(sequence))}::regclass, ${position})`;

async function readPositions(client: pg.Client, sequences: Sequence[]): Promise<Map<string, Position>> {
  const positions = new Map<string, Position>();
  for (let start = 0; start < sequences.length; start += 200) {
    const part = sequences.slice(start, start + 200);
    const { rows } = await client.query(
      part
        .map(
          (one, index) =>
            `SELECT ${index} AS index, last_value::text AS value, is_called AS called FROM ${qualified(one)}`,
        )
        .join(" UNION ALL "),
    );
    for (const { index, ...position } of rows) positions.set(shown(part[index]!), position);
  }
  return positions;
}
