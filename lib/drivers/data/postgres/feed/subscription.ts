/** The receiving end: a subscription in the target, fed by the source's publication through its replication slot. */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { SlotNames } from "../names.ts";
import { identifier, literal } from "../quote.ts";
import type { Side } from "../side.ts";

export interface SubscriptionRow {
  oid: number;
  enabled: boolean;
  /** The process that applies; null while there is none. */
  pid: number | null;
  /** Since the server's statistics began. */
  errors: number;
}

export async function readSubscription(
  client: pg.Client,
  source: SlotNames,
): Promise<SubscriptionRow | null> {
  const { rows } = await client.query(
    `SELECT s.oid::int8::float8 AS oid, s.subenabled AS enabled,
            coalesce(e.apply_error_count, 0)::float8 AS errors,
            (SELECT min(w.pid) FROM pg_stat_subscription w WHERE w.subid = s.oid AND w.pid IS NOT NULL) AS pid
       FROM pg_subscription s LEFT JOIN pg_stat_subscription_stats e ON e.subid = s.oid
      WHERE s.subname = $1 AND s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [source.feed],
  );
  return rows[0] ?? null;
}

/** Disabled, without a copy: what it has to carry begins where the source's slot stands. */
export async function createSubscription(
  client: pg.Client,
  source: Side,
  target: SlotNames,
  connection: string,
): Promise<void> {
  const { feed } = source.names;
  const { rows } = await client.query("SELECT current_setting('server_version_num')::int AS version");
  const options = [
    "create_slot = false",
    `slot_name = ${literal(feed)}`,
    "copy_data = false",
    "enabled = false",
  ];
  // Applied as the table's owner otherwise, who has no right to write while its slot is fenced that way.
  if (rows[0].version >= 160_000 && target.adopted?.fence === "login") options.push("run_as_owner = true");
  await client.query(
    `CREATE SUBSCRIPTION ${identifier(feed)} CONNECTION ${literal(connection)}
       PUBLICATION ${identifier(feed)} WITH (${options.join(", ")})`,
  );
  await client.query(FORGET);
}

/** The source moved to another port, or its password changed. */
export async function setConnection(client: pg.Client, source: SlotNames, connection: string): Promise<void> {
  await client.query(`ALTER SUBSCRIPTION ${identifier(source.feed)} CONNECTION ${literal(connection)}`);
  await client.query(FORGET);
}

/** The last statement of a session that waits can be read by whoever watches the server. */
const FORGET = "SELECT";

/**
 * Before statements with a password in them, and before the transaction that they are part of: keeps them out of the
 * server's log and its statistics. Only a superuser may.
 */
export async function keepSecret(client: pg.Client): Promise<void> {
  for (const setting of [
    "log_min_error_statement = panic",
    "log_statement = none",
    "log_min_duration_statement = -1",
    "log_min_duration_sample = -1",
    "log_transaction_sample_rate = 0",
    "pg_stat_statements.track_utility = off",
  ])
    await client.query(`SET ${setting}`).catch(() => {});
}

/** A superuser may; others are warned before. */
export const MAY_BEGIN = "has_function_privilege('pg_replication_origin_advance(text, pg_lsn)', 'EXECUTE')";

/**
 * What lies before `position` is never asked for. Its slot was moved there too, but a server writes that down at its
 * next checkpoint only, and would give out again after a crash what had come from here.
 */
export async function beginAt(client: pg.Client, source: SlotNames, position: string): Promise<void> {
  const { rows } = await client.query(`SELECT ${MAY_BEGIN} AS may`);
  if (!rows[0].may) return;
  await client.query(
    `SELECT pg_replication_origin_advance('pg_' || s.oid, $2::pg_lsn) FROM pg_subscription s
      WHERE s.subname = $1 AND s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [source.feed, position],
  );
}

export async function enableSubscription(client: pg.Client, source: SlotNames): Promise<void> {
  await client.query(`ALTER SUBSCRIPTION ${identifier(source.feed)} ENABLE`);
}

/** No worker is started any more; one that runs goes on until `endWorkers`. */
export async function disableSubscription(client: pg.Client, source: SlotNames): Promise<void> {
  await client.query(disabling(source));
}

export const disabling = (source: SlotNames): string =>
  `ALTER SUBSCRIPTION ${identifier(source.feed)} DISABLE`;

/** After a committed `disableSubscription`: when this resolves nothing is applied any more. */
export async function endWorkers(client: pg.Client, source: SlotNames): Promise<void> {
  const deadline = performance.now() + END_MS;
  // The server's own wait for the end looks only ten times a second.
  while (performance.now() < deadline) {
    const { rows } = await client.query(
      `SELECT bool_or(pg_terminate_backend(pid)) AS ending
         FROM pg_stat_subscription WHERE subname = $1 AND pid IS NOT NULL
          AND subid = (SELECT s.oid FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
                        WHERE s.subname = $1 AND d.datname = current_database())`,
      [source.feed],
    );
    if (rows[0].ending === null) return;
    await sleep(1);
  }
  throw new Error(`the worker of ${source.feed} does not end`);
}

const END_MS = 10_000;

/** Without touching the source's slot. */
export async function dropSubscription(client: pg.Client, source: SlotNames): Promise<void> {
  if (!(await readSubscription(client, source))) return;
  const name = identifier(source.feed);
  await disableSubscription(client, source);
  await endWorkers(client, source);
  await client.query(`ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`);
  await client.query(`DROP SUBSCRIPTION ${name}`);
}
