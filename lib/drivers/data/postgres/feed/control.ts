/** What the engine keeps in a slot's own database about the feeds from and to it. */
import { createHash } from "node:crypto";
import type pg from "pg";
import { CONTROL_SCHEMA, type SlotNames } from "../names.ts";
import { identifier, literal } from "../quote.ts";

const SCHEMA = identifier(CONTROL_SCHEMA);

/** A row for each of the two databases, written only in its own and carried to the other: what proves the way. */
export const PULSE = { schema: CONTROL_SCHEMA, name: "pulse" };
const PULSE_TABLE = `${SCHEMA}.pulse`;
const FEED_TABLE = `${SCHEMA}.feed`;

/** Creates both tables where they are missing, with a pulse of each side. */
export async function createFeedControl(client: pg.Client, sides: SlotNames[]): Promise<void> {
  await client.query(`
    SET LOCAL client_min_messages = warning;
    CREATE TABLE IF NOT EXISTS ${PULSE_TABLE} (
      source text PRIMARY KEY,
      beat bigint NOT NULL DEFAULT 0,
      at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    -- How many rows its source had changed by then.
    ALTER TABLE ${PULSE_TABLE} ADD COLUMN IF NOT EXISTS changes bigint;
    CREATE TABLE IF NOT EXISTS ${FEED_TABLE} (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      -- Fingerprint of the schema that the feeds were set up for.
      schema_mark text NOT NULL,
      -- Fingerprint of how the feed into this database signs in at its source.
      connection_mark text NOT NULL,
      -- Where the feed from this database begins, once it may; null: nothing is to begin.
      starts_at pg_lsn,
      -- A feed into this database that stands still is tried again then.
      retry_at timestamptz
    )`);
  await client.query(
    `INSERT INTO ${PULSE_TABLE} (source) SELECT unnest($1::text[]) ON CONFLICT (source) DO NOTHING`,
    [sides.map(({ feed }) => feed)],
  );
}

/** Rows that were changed since the server began to count: kept by each session and told within seconds. */
const CHANGES = `SELECT COALESCE(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables
                  WHERE schemaname <> ${literal(CONTROL_SCHEMA)}`;

export async function countChanges(client: pg.Client): Promise<number> {
  const { rows } = await client.query(`SELECT (${CHANGES})::float8 AS changes`);
  return rows[0].changes;
}

/** Returns its number. One log of the server, so what was committed before it goes before it. */
export async function writePulse(
  client: pg.Client,
  source: SlotNames,
  { counted = false }: { counted?: boolean } = {},
): Promise<number> {
  // Both in one message: one round trip, one commit, on disk at once and so given out at once.
  const beat = (more: string) =>
    client.query(
      `SET synchronous_commit = on;
       UPDATE ${PULSE_TABLE} SET beat = beat + 1, at = clock_timestamp()${more}
        WHERE source = ${literal(source.feed)} RETURNING beat::float8 AS beat`,
    );
  const results = await beat(counted ? `, changes = (${CHANGES})` : "").catch((error) => {
    // A feed of before they were counted.
    if (error.code !== UNDEFINED_COLUMN) throw error;
    return beat("");
  });
  const [, { rows }] = results as unknown as [unknown, pg.QueryResult<{ beat: number }>];
  if (!rows[0]) throw new Error("no feed was set up in this database");
  return rows[0].beat;
}

const UNDEFINED_COLUMN = "42703";

/** The last pulse of `source` that is here, and how old it is by this server's clock. */
export async function readPulse(
  client: pg.Client,
  source: SlotNames,
): Promise<{ beat: number; ageMs: number; changes: number | null } | null> {
  const { rows } = await client.query(
    `SELECT beat::float8 AS beat, (extract(epoch FROM clock_timestamp() - at) * 1000)::float8 AS "ageMs",
            (to_jsonb(pulse)->>'changes')::float8 AS changes
       FROM ${PULSE_TABLE} WHERE source = $1`,
    [source.feed],
  );
  return rows[0] ?? null;
}

export interface FeedControl {
  schemaMark: string;
  connectionMark: string;
  startsAt: string | null;
  retryDue: boolean | null;
}

/** Null: no feed was set up here. */
export async function readFeedControl(client: pg.Client): Promise<FeedControl | null> {
  const there = await client.query(`SELECT to_regclass($1) IS NOT NULL AS yes`, [FEED_TABLE]);
  if (!there.rows[0].yes) return null;
  const { rows } = await client.query(
    `SELECT schema_mark AS "schemaMark", connection_mark AS "connectionMark",
            starts_at::text AS "startsAt", retry_at <= clock_timestamp() AS "retryDue"
       FROM ${FEED_TABLE}`,
  );
  return rows[0] ?? null;
}

export async function noteFeed(client: pg.Client, schemaMark: string, connection: string): Promise<void> {
  await client.query(
    `INSERT INTO ${FEED_TABLE} (schema_mark, connection_mark) VALUES ($1, $2)
       ON CONFLICT (one) DO UPDATE SET schema_mark = excluded.schema_mark,
          connection_mark = excluded.connection_mark, starts_at = NULL, retry_at = NULL`,
    [schemaMark, connectionMark(connection)],
  );
}

export async function noteConnection(client: pg.Client, connection: string): Promise<void> {
  await client.query(`UPDATE ${FEED_TABLE} SET connection_mark = $1`, [connectionMark(connection)]);
}

/** Only superusers may read what a subscription itself has, and it holds a password. */
export const connectionMark = (connection: string): string =>
  createHash("sha256").update(connection).digest("hex");

export async function forgetFeed(client: pg.Client): Promise<void> {
  if (await readFeedControl(client)) await client.query(`DELETE FROM ${FEED_TABLE}`);
}

export const NOTE_START = `UPDATE ${FEED_TABLE} SET starts_at = pg_current_wal_insert_lsn() RETURNING starts_at::text AS at`;

/** The position that was noted. */
export function startFrom(rows: pg.QueryResultRow[]): string {
  if (!rows[0]) throw new Error("no feed was set up in this database");
  return rows[0].at;
}

export async function clearStart(client: pg.Client): Promise<void> {
  await client.query(`UPDATE ${FEED_TABLE} SET starts_at = NULL WHERE starts_at IS NOT NULL`);
}

/** Null: not to be tried again by us. */
export async function noteRetry(client: pg.Client, inMs: number | null): Promise<void> {
  await client.query(
    `UPDATE ${FEED_TABLE} SET retry_at = clock_timestamp() + $1::float8 * interval '1 ms'
      WHERE $1::float8 IS NOT NULL OR retry_at IS NOT NULL`,
    [inMs],
  );
}
