/** Carries where sequences stand: with a copy, or behind the fence when a feed has carried the rows. */
import type pg from "pg";
import type { FencingToken } from "#lib/engine/ports.ts";
import { underClaim } from "./guard.ts";
import type { Pair } from "./match.ts";
import { APP_SCHEMA } from "./names.ts";
import { identifier, literal, qualified, shown } from "./quote.ts";
import type { Side } from "./side.ts";

interface Sequence {
  schema: string;
  name: string;
  /** The last number that it gave out. */
  last: string | null;
  /** `schema.table` and column that it feeds; null: it stands for itself. */
  table: string | null;
  tableSchema: string | null;
  /** The column holds the numbers themselves. */
  counts: boolean | null;
  column: string | null;
}

interface Position {
  value: string;
  called: boolean;
}

const SEQUENCES = `
  SELECT n.nspname AS schema, c.relname AS name, pg_sequence_last_value(c.oid)::text AS last,
         tn.nspname || '.' || t.relname AS table,
         tn.nspname AS "tableSchema", a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AS counts,
         a.attname AS column
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
    // The source fills such a column by other means: go on behind what is furthest in it.
    ...missing.map((sequence) => {
      const from = `pg_sequence, (SELECT ${furthest(sequence)}::bigint AS value) f WHERE seqrelid = ${literal(qualified(sequence))}::regclass`;
      const value = `least(seqmax, greatest(seqmin, coalesce(value, seqstart)))`;
      return set(sequence, `${value}, value BETWEEN seqmin AND seqmax`, from);
    }),
  ];
  if (statements.length > 0) await target.query(statements.join(";\n"));
}

/**
 * Moves the target's sequences ahead of the source's, in three round trips. A sequence is never moved back, and what an
 * abort leaves moved ahead is only a gap; one that cycles goes where the source's is. One that fills a column by other
 * means than the source does is told by it. An engine that was replaced can't set back what a slot that
 * went live since has given out.
 */
export async function carrySequencesAhead(
  from: Side,
  to: Side,
  token: FencingToken,
): Promise<{ sequences: number }> {
  return await from.server.use(from.names.database, (source) =>
    to.server.use(to.names.database, async (target) => {
      const [theirs, mine] = await Promise.all([withPositions(source), withPositions(target)]);
      const counterpart = counterparts(theirs);
      const values = mine.flatMap((own) => {
        const [{ sequence, position }, match] = [own, counterpart(own.sequence)];
        const given = match ? literal(match.position.value) : furthest(sequence);
        if (given === null) return [];
        const called = match?.position.called ?? true;
        return `(${literal(qualified(sequence))}::regclass, ${given}::numeric, ${called}, ${literal(position.value)}::numeric, ${position.called})`;
      });
      if (values.length === 0) return { sequences: 0 };
      // Near its end a margin must not use up what is left.
      const ahead = `
        SELECT setval(sequence, greatest(s.seqmin, least(s.seqmax, v.value + s.seqincrement * CASE
                 WHEN NOT v.called THEN 0
                 ELSE greatest(0, least(${MARGIN}, trunc(
                   (CASE WHEN s.seqincrement > 0 THEN s.seqmax ELSE s.seqmin END - v.value) / s.seqincrement / 2))) END))::bigint,
               v.called)
          FROM (VALUES ${values.join(", ")}) v (sequence, value, called, at, at_called)
          JOIN pg_sequence s ON s.seqrelid = v.sequence
         WHERE v.value IS NOT NULL
           AND (s.seqcycle OR (v.value - v.at) * sign(s.seqincrement) > 0 OR v.value = v.at AND NOT v.at_called)`;
      await underClaim(target, token, [ahead]);
      return { sequences: values.length };
    }),
  );
}

interface Placed {
  sequence: Sequence;
  position: Position;
}

/** The value of its column that the sequence got to by itself, as SQL; null: it has no column. */
function furthest({ schema, name, table, column, tableSchema, counts }: Sequence): string | null {
  if (table === null || column === null || !counts) return null;
  const rows = `FROM ${qualified({ schema: tableSchema!, name: table.slice(tableSchema!.length + 1) })}`;
  const [lowest, highest] = ["min", "max"].map((end) => `(SELECT ${end}(${identifier(column)}) ${rows})`);
  const up = `(SELECT seqincrement > 0 FROM pg_sequence WHERE seqrelid = ${literal(qualified({ schema, name }))}::regclass)`;
  return `(CASE WHEN ${up} THEN ${highest} ELSE ${lowest} END)`;
}

async function withPositions(client: pg.Client): Promise<Placed[]> {
  const sequences = await readSequences(client);
  // One that was not called yet says only itself where it stands, and asking hundreds takes its time.
  const positions = await readPositions(
    client,
    sequences.filter(({ last }) => last === null),
  );
  return sequences.flatMap((sequence) => {
    const position =
      sequence.last === null ? positions.get(shown(sequence)) : { value: sequence.last, called: true };
    return position ? [{ sequence, position }] : [];
  });
}

const readSequences = async (client: pg.Client): Promise<Sequence[]> =>
  (await client.query<Sequence>(SEQUENCES)).rows;

/** Finds the one that stands for a sequence of the other side: by the column that it feeds, else by its name. */
function counterparts(others: Placed[]): (sequence: Sequence) => Placed | undefined {
  const byColumn = Map.groupBy(others, ({ sequence }) => feeds(sequence));
  const byName = new Map(others.map((other) => [shown(other.sequence), other]));
  return (sequence) => {
    const column = feeds(sequence);
    const alike = (column !== null && byColumn.get(column)) || [];
    const namesake = byName.get(shown(sequence));
    return alike.length === 0 || (namesake && alike.includes(namesake)) ? namesake : alike[0];
  };
}

/** Which sequence of the target takes its position from where, and which have to be told by their column. */
async function plan(source: pg.Client, target: pg.Client, pairs: Pair[]) {
  const [from, to] = await Promise.all([withPositions(source), readSequences(target)]);
  const counterpart = counterparts(from);
  const copied = new Map(pairs.map((pair) => [shown(pair.to), pair]));
  const carried: Placed[] = [];
  const missing: Sequence[] = [];
  for (const sequence of to) {
    const pair = sequence.table === null ? null : copied.get(sequence.table);
    if (pair === undefined) continue;
    const match = counterpart(sequence);
    if (match) carried.push({ sequence, position: match.position });
    else if (sequence.counts && pair?.columns.includes(sequence.column!)) missing.push(sequence);
  }
  return { carried, missing };
}

const feeds = (sequence: Sequence): string | null =>
  sequence.table === null ? null : JSON.stringify([sequence.table, sequence.column]);

// `setval` alone is not undone by a rollback; after RESTART it works on a file that is.
const set = (sequence: Sequence, position: string, from?: string): string =>
  `ALTER SEQUENCE ${qualified(sequence)} RESTART;
   SELECT setval(${literal(qualified(sequence))}::regclass, ${position})${from ? ` FROM ${from}` : ""}`;

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
