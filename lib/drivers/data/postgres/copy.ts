/** The full copy: one snapshot of the source, one transaction on the target. */
import type pg from "pg";
import { type CopyProgress, type CopyReport, type FencingToken, Refusal } from "#lib/engine/ports.ts";
import { abortable, abortError } from "./abort.ts";
import { readSizes, readTables, type Table } from "./catalog.ts";
import type { Session } from "./connect.ts";
import { copyTable } from "./copy-table.ts";
import { rowsOf } from "./count.ts";
import {
  checkForeignKeys,
  dropDangling,
  type ForeignKey,
  parentsFirst,
  readForeignKeys,
  referredFromKept,
} from "./foreign-keys.ts";
import { revokeWriting } from "./grants.ts";
import { beginLocked, readyToLock } from "./lock-tables.ts";
import { type Match, matchTables, type Pair } from "./match.ts";
import type { SlotNames } from "./names.ts";
import { ProgressReport } from "./progress.ts";
import { identifier, literal, qualified, shown } from "./quote.ts";
import { shutOutRelease } from "./roles.ts";
import { carrySequences } from "./sequences.ts";
import type { Side } from "./side.ts";
import { takeOver } from "./takeover.ts";

const LOCK_WAIT_MS = 5_000;

export interface CopyOptions {
  token: FencingToken;
  onProgress(progress: CopyProgress): void;
  signal: AbortSignal;
  /** A snapshot that another session exports, to be read instead of the newest. */
  snapshot?: string;
}

export async function copySlot(
  from: Side,
  to: Side,
  isLedger: (table: Table) => boolean,
  { token, onProgress, signal, snapshot }: CopyOptions,
): Promise<CopyReport> {
  if (signal.aborted) throw abortError(signal);
  const started = performance.now();
  await to.server.use(to.names.database, async (client) => {
    await takeOver(to.server, client, token);
    await shutOutRelease(client, to.names);
  });
  const sessions: Session[] = [];
  for (const { server, names } of [from, to]) sessions.push(await server.reopen(names.database));
  const [source, target] = sessions.map((session) => session.client) as [pg.Client, pg.Client];
  const copied = await abortable(
    sessions,
    signal,
    () => copyAll(source, target, to.names, isLedger, { token, onProgress, snapshot }),
    () => commit(source, target),
  );
  await Promise.all(sessions.map((session) => session.close()));
  await analyze(to, copied.match.pairs);
  return {
    ms: performance.now() - started,
    rows: copied.tables.reduce((sum, table) => sum + table.rows, 0),
    bytes: copied.tables.reduce((sum, table) => sum + table.bytes, 0),
    tables: copied.tables,
    notes: [...copied.match.notes, ...copied.notes],
  };
}

async function copyAll(
  source: pg.Client,
  target: pg.Client,
  to: SlotNames,
  isLedger: (table: Table) => boolean,
  { token, onProgress, snapshot }: Omit<CopyOptions, "signal">,
) {
  await source.query("SET statement_timeout = 0; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (snapshot !== undefined) await source.query(`SET TRANSACTION SNAPSHOT ${literal(snapshot)}`);
  const sourceTables = await readTables(source);
  await readyToLock(target);
  await beginLocked(target, {
    mode: "ACCESS EXCLUSIVE",
    waitMs: LOCK_WAIT_MS,
    token,
  });
  const match = matchTables(sourceTables, await readTables(target), isLedger);
  refuseUnfillable(match);
  await revokeWriting(target, to);
  const keys = await readForeignKeys(target);
  const replica = await silenceTriggers(target);
  const cleared = await clear(target, match, keys);
  const pairs = replica ? match.pairs : parentsFirst(match.pairs, (pair) => shown(pair.to), keys);
  const tables = await copyTables(source, target, to, pairs, cleared, onProgress);
  const notes = await dropDangling(target, keys, match.onlyTo);
  if (!replica) notes.push("triggers of the target ran, for want of the right to silence them");
  await checkForeignKeys(await readForeignKeys(source), target, keys);
  notes.push(...(await refreshViews(target)), ...(await largeObjects(source)));
  await carrySequences(source, target, pairs);
  return { match, tables, notes };
}

async function commit(source: pg.Client, target: pg.Client): Promise<void> {
  await source.query("COMMIT");
  const { command } = await target.query("COMMIT");
  if (command !== "COMMIT") throw new Error("the copy's transaction had failed");
}

function refuseUnfillable(match: Match): void {
  const columns = match.unfillable.map(({ table, column }) => `${shown(table)}.${column.name}`);
  if (columns.length === 0) return;
  throw new Refusal(
    "column-needs-default",
    `The target requires a value for ${columns.join(", ")}, which the live data does not have.`,
    "Give the new column a default, or let it be null.",
  );
}

/** Triggers and foreign keys act where rows are written first, not where they are copied to. */
async function silenceTriggers(target: pg.Client): Promise<boolean> {
  await target.query("SAVEPOINT replica");
  try {
    await target.query("SET LOCAL session_replication_role = replica; RELEASE replica");
    return true;
  } catch {
    await target.query("ROLLBACK TO replica; RELEASE replica");
    return false;
  }
}

/** Empties the target's tables; returns those that were emptied by TRUNCATE. */
async function clear(target: pg.Client, match: Match, keys: ForeignKey[]): Promise<Set<string>> {
  const referred = referredFromKept(keys, match);
  const whole = match.pairs.filter((pair) => !referred.has(shown(pair.to)));
  if (whole.length > 0) await target.query(`TRUNCATE ${whole.map((pair) => rowsOf(pair.to)).join(", ")}`);
  for (const pair of match.pairs) {
    if (referred.has(shown(pair.to))) await target.query(`DELETE FROM ${rowsOf(pair.to)}`);
  }
  return new Set(whole.map((pair) => shown(pair.to)));
}

async function copyTables(
  source: pg.Client,
  target: pg.Client,
  to: SlotNames,
  pairs: Pair[],
  cleared: Set<string>,
  onProgress: (progress: CopyProgress) => void,
): Promise<CopyReport["tables"]> {
  const sizes = await readSizes(source);
  const estimates = pairs.map(({ from }) => [shown(from), sizes.get(from.oid)?.rowBytes ?? 0] as const);
  const progress = new ProgressReport(new Map(estimates), onProgress);
  const tables: CopyReport["tables"] = [];
  try {
    for (const pair of pairs) {
      const table = shown(pair.to);
      progress.begin(table);
      let rows = 0;
      if (pair.columns.length > 0) {
        await target.query(actAs(pair.to, to));
        rows = await copyTable(source, target, pair, {
          frozen: cleared.has(table),
          onChunk: (chunk) => progress.add(chunk),
        });
      }
      tables.push({ table, rows, bytes: progress.end() });
    }
    await target.query("RESET ROLE; SET LOCAL search_path = pg_catalog, pg_temp");
    return tables;
  } finally {
    progress.stop();
  }
}

/** Defaults and checks are the app's code: they run as its owner, and find what they find in the app. */
function actAs(table: Table, names: SlotNames): string {
  // An app that owns its tables has just lost its own rights to write.
  return table.owner === names.owner && !table.forcesRowSecurity && names.adopted?.fence !== "login"
    ? `SET LOCAL ROLE ${identifier(names.owner)}; SET LOCAL search_path = "$user", public`
    : `RESET ROLE; SET LOCAL search_path = "$user", public`;
}

async function refreshViews(target: pg.Client): Promise<string[]> {
  const views = (await readTables(target)).filter((table) => table.kind === "m" && !table.extension);
  // One that is built on another was made after it.
  for (const view of views.sort((a, b) => a.oid - b.oid)) {
    await target.query(`REFRESH MATERIALIZED VIEW ${qualified(view)}`);
  }
  return views.map((view) => `${shown(view)} is a materialised view and was built anew`);
}

async function largeObjects(source: pg.Client): Promise<string[]> {
  const { rows } = await source.query("SELECT count(*)::int AS count FROM pg_largeobject_metadata");
  return rows[0].count > 0 ? [`${rows[0].count} large objects were left out`] : [];
}

/** Statistics for the planner; a copy without them is a copy all the same. */
async function analyze({ server, names }: Side, pairs: Pair[]): Promise<void> {
  if (pairs.length === 0) return;
  await server
    .use(names.database, (client) =>
      client.query(
        `SET statement_timeout = 0; ANALYZE ${pairs.map((pair) => qualified(pair.to)).join(", ")}`,
      ),
    )
    .catch(() => {});
}
