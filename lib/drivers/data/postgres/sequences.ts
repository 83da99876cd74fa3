/** Carries where sequences stand: with a copy, or behind the fence when a feed has carried the rows. */
import type pg from "pg";
import type { Table } from "./catalog.ts";
import type { Pair } from "./match.ts";
import { APP_SCHEMA } from "./names.ts";
import { identifier, literal, qualified, shown } from "./quote.ts";
import type { Side } from "./side.ts";

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

/**
 * Numbers that a session has taken and not yet written: a fence does not hold `nextval`. As many as PostgreSQL itself
 * skips after a crash (SEQ_LOG_VALS in sequence.c).
 */
const MARGIN = 32;

/** Sets the target's sequences to where the source's stand, undone with the transaction. Sequences of tables that were not copied stay. */
export async function carrySequences(source: pg.Client, target: pg.Client, pairs: Pair[]): Promise<void> {
  const { carried, missing } = await plan(source, target, pairs);
  const statements = [
    ...carried.map(({ sequence, position }) =>
      set(sequence, `${literal(position.value)}::bigint, ${position.called}`),
    ),
    ...missing.map(({ sequence, table }) => {
      // The source fills this column by other means: go on behind its highest value.
      const highest = `(SELECT max(${identifier(sequence.column!)})::bigint FROM ${qualified(table)})`;
      return set(sequence, `greatest(${highest}, 1), ${highest} IS NOT NULL`);
    }),
  ];
  if (statements.length > 0) await target.query(statements.join(";\n"));
}

/**
 * Moves the target's sequences ahead of the source's, in three round trips. A sequence is never moved back, and what an
 * abort leaves moved ahead is only a gap. One that fills a column by other means than the source does is told by it.
 */
export async function carrySequencesAhead(from: Side, to: Side): Promise<{ sequences: number }> {
  return await from.server.use(from.names.database, (source) =>
    to.server.use(to.names.database, async (target) => {
      const [theirs, mine] = await Promise.all([readSequences(source), readSequences(target)]);
      const positions = await readPositions(source, theirs);
      const values = mine.flatMap((sequence) => {
        const match = counterpart(sequence, theirs);
        const position = match && positions.get(shown(match));
        if (!position) return [];
        return [
          `(${literal(qualified(sequence))}::regclass, ${literal(position.value)}::numeric, ${position.called})`,
        ];
      });
      if (values.length === 0) return { sequences: 0 };
      await target.query(`
        SELECT setval(sequence, value, called)
          FROM (SELECT v.sequence, v.called, s.seqincrement > 0 AS up,
                       greatest(s.seqmin, least(s.seqmax, v.value + v.called::int * ${MARGIN} * s.seqincrement))::bigint AS value,
                       pg_sequence_last_value(v.sequence) AS last
                  FROM (VALUES ${values.join(", ")}) v (sequence, value, called)
                  JOIN pg_sequence s ON s.seqrelid = v.sequence) moved
         WHERE last IS NULL OR CASE WHEN up THEN value > last ELSE value < last END`);
      return { sequences: values.length };
    }),
  );
}

const readSequences = async (client: pg.Client): Promise<Sequence[]> =>
  (await client.query<Sequence>(SEQUENCES)).rows;

/** By the column that it feeds, else by its name. */
function counterpart(sequence: Sequence, others: Sequence[]): Sequence | undefined {
  const column = feeds(sequence);
  return (
    (column !== null && others.find((other) => feeds(other) === column)) ||
    others.find((other) => shown(other) === shown(sequence))
  );
}

/** Which sequence of the target takes its position from where, and which have to be told by their column. */
async function plan(source: pg.Client, target: pg.Client, pairs: Pair[]) {
  const [from, to] = await Promise.all([readSequences(source), readSequences(target)]);
  const copied = new Map(pairs.map((pair) => [shown(pair.to), pair]));
  const positions = await readPositions(source, from);
  const carried: { sequence: Sequence; position: Position }[] = [];
  const missing: { sequence: Sequence; table: Table }[] = [];
  for (const sequence of to) {
    const pair = sequence.table === null ? null : copied.get(sequence.table);
    if (pair === undefined) continue;
    const match = counterpart(sequence, from);
    const position = match && positions.get(shown(match));
    if (position) carried.push({ sequence, position });
    else if (pair?.columns.includes(sequence.column!)) missing.push({ sequence, table: pair.to });
  }
  return { carried, missing };
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
