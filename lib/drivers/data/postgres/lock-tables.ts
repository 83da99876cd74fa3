/** Transactions that begin by locking tables, within a bounded time, and say who was in their way. */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { type FencingToken, Refusal } from "#lib/engine/ports.ts";
import { LOCKABLE } from "./catalog.ts";
import { claimStatement, whyNot } from "./guard.ts";
import { identifier, qualified } from "./quote.ts";

export type LockMode = "SHARE ROW EXCLUSIVE" | "ACCESS EXCLUSIVE";

/** Shorter than the second after which PostgreSQL would end an app's transaction that is deadlocked with ours. */
const TRY_MS = 400;

const DEADLOCK = "40P01";
const LOCK_TIMEOUT = "55P03";
const CANCELED = "57014";
const OUT_OF_MEMORY = "53200";

/**
 * Once per session, before `beginLocked`. An autovacuum gives way once the waiter has looked for a deadlock, so that
 * must not take its usual second. Only a superuser may say so; without it autovacuum is waited for.
 */
export async function readyToLock(client: pg.Client): Promise<void> {
  await client.query("SET deadlock_timeout = '20ms'").catch(() => {});
}

/**
 * Begins a transaction that fences, claims the guard for it and locks every table, in two messages. Where that takes
 * long it lets go of all of them and tries again, so that nobody is deadlocked with it, until `waitMs` is over; then
 * it rejects with a Refusal that names who holds the tables. Later statements of the transaction may take any time,
 * but wait for a lock no longer than that. Resolves with the results of what was done with it.
 */
export async function beginLocked(
  client: pg.Client,
  options: {
    mode: LockMode;
    waitMs: number;
    token: FencingToken;
    settings?(): string;
    /** What goes with both messages: asked with the first, done with the second when all is locked. */
    with?: { ask: string; act(found: pg.QueryResult[]): string };
  },
): Promise<pg.QueryResult[]> {
  const { token, settings } = options;
  const deadline = performance.now() + options.waitMs;
  for (;;) {
    const leftMs = Math.max(1, Math.ceil(deadline - performance.now()));
    let tables: { schema: string; name: string }[] = [];
    try {
      const results = (await client.query(`
        BEGIN;
        SET LOCAL lock_timeout = ${Math.min(leftMs, TRY_MS)};
        SET LOCAL statement_timeout = ${leftMs};
        SET LOCAL synchronous_commit = on;
        ${settings ? `${settings()};` : ""}
        ${claimStatement(token, true)};
        ${LOCKABLE};
        ${options.with?.ask ?? ""}`)) as unknown as pg.QueryResult[];
      const [claim, found, ...asked] = results.slice(settings ? 5 : 4);
      if (claim!.rowCount === 0) throw await whyNot(client, token);
      tables = found!.rows;
      const list = tables.map((table) => `ONLY ${qualified(table)}`).join(", ");
      const lock = list && `LOCK TABLE ${list} IN ${options.mode} MODE; `;
      const then = `SET LOCAL statement_timeout = 0; ${setLocalMs("lock_timeout", options.waitMs)};`;
      const done = (await client.query(
        `${lock}${then} ${options.with?.act(asked) ?? ""}`,
      )) as unknown as pg.QueryResult[];
      return done.slice(lock ? 3 : 2);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === OUT_OF_MEMORY) throw tooManyTables(tables.length, error);
      if (code !== LOCK_TIMEOUT && code !== CANCELED && code !== DEADLOCK) throw error;
      await client.query("ROLLBACK");
      if (performance.now() < deadline) {
        await sleep(10);
        continue;
      }
      throw blocked(await blockers(client, options.mode), options.waitMs, error);
    }
  }
}

export interface Blocker {
  pid: number | null;
  user: string | null;
  application: string;
  state: string | null;
  query: string | null;
  ageMs: number | null;
  tables: string[];
}

/** Sessions of this database whose locks on the app's tables stand in the way of `mode`, the oldest first. */
export async function blockers(client: pg.Client, mode: LockMode): Promise<Blocker[]> {
  const harmless = mode === "ACCESS EXCLUSIVE" ? [] : ["AccessShareLock", "RowShareLock"];
  const { rows } = await client.query<Blocker>(
    `SELECT l.pid, a.usename AS user, coalesce(a.application_name, '') AS application, a.state,
            left(a.query, 200) AS query,
            (extract(epoch FROM clock_timestamp() - min(a.xact_start)) * 1000)::float8 AS "ageMs",
            array_agg(DISTINCT n.nspname || '.' || c.relname)::text[] AS tables
       FROM pg_locks l
       JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
       JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'relation' AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND l.pid IS DISTINCT FROM pg_backend_pid()
        AND l.mode <> ALL ($1)
      GROUP BY l.pid, a.usename, a.application_name, a.state, a.query
      ORDER BY min(a.xact_start) NULLS FIRST LIMIT 5`,
    [harmless],
  );
  return rows;
}

export function describeBlocker(blocker: Blocker): string {
  const tables = `${blocker.tables.slice(0, 3).join(", ")}${blocker.tables.length > 3 ? ", …" : ""}`;
  if (blocker.pid === null) return `a prepared transaction holds ${tables}`;
  const age = blocker.ageMs === null ? "" : `, open for ${(blocker.ageMs / 1000).toFixed(1)} s`;
  const query = blocker.query?.replace(/\s+/g, " ").trim();
  return `pid ${blocker.pid} (${blocker.user ?? "a background process"}${age}, ${blocker.state ?? "running"}) holds ${tables}${query ? `, last statement: ${query}` : ""}`;
}

function blocked(found: Blocker[], waitMs: number, cause: unknown): Refusal {
  const who = found.map(describeBlocker).join("; ") || "who held them is gone by now";
  const pids = found.flatMap((blocker) => blocker.pid ?? []);
  return new Refusal(
    "tables-locked",
    `The tables could not be locked within ${(waitMs / 1000).toFixed(1)} s: ${who}.`,
    pids.length > 0
      ? `Let ${pids.length > 1 ? "them" : "it"} end, or end ${pids.length > 1 ? "them" : "it"} with SELECT pg_terminate_backend(${pids[0]}), then try again.`
      : "Commit or roll back what is prepared (pg_prepared_xacts), then try again.",
    { cause },
  );
}

const tooManyTables = (count: number, cause: unknown) =>
  new Refusal(
    "lock-table-full",
    `The server has no room to lock ${count} tables at once.`,
    "Raise max_locks_per_transaction on the data's server and restart it.",
    { cause },
  );

/** `SET LOCAL` of a setting whose value is a whole number of milliseconds, at least 1. */
export const setLocalMs = (name: string, ms: number): string =>
  `SET LOCAL ${identifier(name)} = ${Math.max(1, Math.floor(ms))}`;
