/** Replication slots: how far a feed has read its source's log. */
import pg from "pg";
import { Refusal } from "#lib/engine/ports.ts";
import { abortable } from "../abort.ts";
import type { Session } from "../connect.ts";
import { describeBlocker } from "../lock-tables.ts";
import type { SlotNames } from "../names.ts";
import { identifier } from "../quote.ts";
import type { Side } from "../side.ts";

/** How long a new slot waits for transactions that are open anywhere on the server. */
const WAIT_MS = 30_000;

export interface SlotRow {
  active: boolean;
  /** `lost`: the server threw away what the slot still needed. */
  walStatus: string | null;
  /** Since PostgreSQL 16: why it was thrown away. */
  invalid: string | null;
  lagBytes: number;
  retainedBytes: number;
  confirmed: string | null;
}

export async function readSlot(client: pg.Client, names: SlotNames): Promise<SlotRow | null> {
  const { rows } = await client.query(
    `SELECT active, wal_status AS "walStatus", to_jsonb(s)->>'invalidation_reason' AS invalid,
            confirmed_flush_lsn::text AS confirmed,
            pg_wal_lsn_diff(pg_current_wal_insert_lsn(), confirmed_flush_lsn)::float8 AS "lagBytes",
            pg_wal_lsn_diff(pg_current_wal_insert_lsn(), restart_lsn)::float8 AS "retainedBytes"
       FROM pg_replication_slots s WHERE slot_name = $1`,
    [names.feed],
  );
  return rows[0] ?? null;
}

/**
 * A slot and the snapshot from which it goes on, for as long as the session is open. It begins when every transaction
 * that is open on the server has ended; rejects with Refusal naming those that don't.
 */
export async function createSlotWithSnapshot(
  { server, names }: Side,
  signal: AbortSignal,
): Promise<{ snapshot: string; session: Session }> {
  const session = await server.openReplication(names.database);
  const snapshot = await whileOthersEnd({ server, names }, [session], signal, async () => {
    const create = `CREATE_REPLICATION_SLOT ${identifier(names.feed)} LOGICAL pgoutput EXPORT_SNAPSHOT`;
    const { rows } = await session.client.query(create);
    return rows[0].snapshot_name as string;
  });
  return { snapshot, session };
}

/** One that waits for its turn. */
export async function createSlot({ server, names }: Side, signal: AbortSignal): Promise<void> {
  const session = await server.reopen(names.database);
  await whileOthersEnd({ server, names }, [session], signal, async () => {
    await session.client.query("SET statement_timeout = 0");
    await session.client.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [names.feed]);
  });
  await session.close();
}

async function whileOthersEnd<T>(
  side: Side,
  sessions: Session[],
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const patience = AbortSignal.timeout(WAIT_MS);
  try {
    return await abortable(sessions, AbortSignal.any([signal, patience]), work);
  } catch (error) {
    if (!patience.aborted || signal.aborted) throw error;
    throw new Refusal(
      "transactions-open",
      `A feed can only begin when every transaction on the data's server has ended, and for ${WAIT_MS / 1000} s some did not: ${await openTransactions(side)}.`,
      "Let them end, or end them with SELECT pg_terminate_backend(pid), then try again.",
      { cause: error },
    );
  }
}

async function openTransactions({ server }: Side): Promise<string> {
  const { rows } = await server.use(undefined, (client) =>
    client.query(
      `SELECT pid, usename AS user, application_name AS application, state, left(query, 200) AS query,
              (extract(epoch FROM clock_timestamp() - begun) * 1000)::float8 AS "ageMs",
              ARRAY[coalesce(datname, 'the server')]::text[] AS tables
         FROM (SELECT pid, usename, application_name, state, query, xact_start AS begun, datname
                 FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
               UNION ALL
               SELECT NULL, owner, '', 'prepared', NULL, prepared, format('%s (%s)', database, gid)
                 FROM pg_prepared_xacts) open
        ORDER BY begun LIMIT 3`,
    ),
  );
  return rows.map(describeBlocker).join("; ") || "they are gone by now";
}

/** Moves a slot that nobody reads forward; what lies before is never given out. Back it can't go. */
export async function advanceSlot(client: pg.Client, names: SlotNames, position: string): Promise<void> {
  await client.query(
    `SELECT pg_replication_slot_advance(slot_name, $2::pg_lsn) FROM pg_replication_slots
      WHERE slot_name = $1 AND confirmed_flush_lsn < $2::pg_lsn`,
    [names.feed, position],
  );
}

/** Of a feed that was switched off, the server's end may linger. */
export async function endReader(client: pg.Client, names: SlotNames): Promise<void> {
  await client.query(
    "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = $1 AND active_pid IS NOT NULL",
    [names.feed],
  );
}

/** Also one that is being read. */
export async function dropSlot(client: pg.Client, names: SlotNames): Promise<void> {
  for (let tries = 0; ; tries++) {
    await endReader(client, names);
    try {
      await client.query(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1",
        [names.feed],
      );
      return;
    } catch (error) {
      // A reader that was ended may have come again in between.
      if (tries >= 20 || !(error instanceof pg.DatabaseError) || error.code !== IN_USE) throw error;
      await client.query("SELECT pg_sleep(0.05)");
    }
  }
}

const IN_USE = "55006";
