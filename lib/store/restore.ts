/**
 * Puts a backup in the place of what the store holds, in one transaction: whole or not at all. Everything may run
 * meanwhile; whoever reads the store waits until it is done.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { AppRoutes } from "#lib/gate/routes.ts";
import {
  type BackupHead,
  DamagedBackup,
  endLine,
  headLine,
  ROW,
  type TableLine,
  tableLine,
} from "./backup-format.ts";
import { linesOf } from "./lines.ts";
import { tablesInOrder } from "./own-tables.ts";

/** What visitors are served now that the backup knows nothing of. */
export interface Disagreement {
  app: string;
  what: string;
}

export interface RestoreOptions {
  /** What the gateways serve now; null when nobody knows. */
  served: AppRoutes[] | null;
  /** Restores although the backup disagrees with what is served. */
  force: boolean;
  /** The last word before it is final: writes the audit entry. */
  record(client: pg.ClientBase): Promise<void>;
}

export interface RestoreReport {
  createdAt: string;
  tables: number;
  rows: number;
  /** Runs that were under way when the backup was made; they count as aborted. */
  endedRuns: number;
  disagreements: Disagreement[];
}

/** It can't be restored here and now; nothing was changed. */
export class RestoreRefused extends Error {
  override name = "RestoreRefused";
  readonly disagreements: Disagreement[];
  constructor(message: string, disagreements: Disagreement[] = []) {
    super(message);
    this.disagreements = disagreements;
  }
}

/** Higher than what any gateway, slot or engine has seen since the backup: see docs/decisions/fencing-token.md. */
const FORWARD = 1_000_000;
/** What a person who was shut out since could use again. */
const NOT_RESTORED = ["session", "verification", "sign_in_link"];

/** Reads the file to its end and checks it. Throws DamagedBackup. */
export async function checkBackup(file: string): Promise<BackupHead & { rows: number }> {
  const hash = createHash("sha256");
  let head: BackupHead | null = null;
  let rows = 0;
  let ended = false;
  try {
    for await (const line of linesIn(file)) {
      if (ended) throw new DamagedBackup("something follows its end");
      if (head === null) head = headLine.parse(JSON.parse(line));
      else if (line.startsWith(ROW)) rows += 1;
      else if (line.startsWith('{"end"')) {
        const end = endLine.parse(JSON.parse(line));
        if (end.rows !== rows || end.sha256 !== hash.digest("hex"))
          throw new DamagedBackup("its hash is another");
        ended = true;
        continue;
      } else tableLine.parse(JSON.parse(line));
      hash.update(`${line}\n`);
    }
  } catch (error) {
    if (error instanceof DamagedBackup || (error as NodeJS.ErrnoException).code === "ENOENT") throw error;
    throw new DamagedBackup(head === null ? "it is no backup of Signalbox" : "it was changed or cut off", {
      cause: error,
    });
  }
  if (head === null || !ended) throw new DamagedBackup("it was cut off");
  return { ...head, rows };
}

/** Throws DamagedBackup, RestoreRefused, or the store's error; then the store is as it was. */
export async function restoreStore(
  url: string,
  file: string,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const { createdAt, rows, migrations } = await checkBackup(file);
  const client = new pg.Client({ connectionString: url, application_name: "signalbox restore" });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("BEGIN");
    const own = await tablesInOrder(client);
    const names = own.map(({ table }) => pg.escapeIdentifier(table)).join(", ");
    await client.query("SET LOCAL lock_timeout = '15s'");
    await client.query(`LOCK TABLE ${names} IN ACCESS EXCLUSIVE MODE`);
    await refuseUnknownMigrations(client, migrations);
    const active = await client.query("SELECT 1 FROM run WHERE finished_at IS NULL LIMIT 1");
    if (active.rowCount) throw new RestoreRefused("A run is under way. Wait for its end, or cancel it.");
    for (const { table } of own)
      await client.query(`ALTER TABLE ${pg.escapeIdentifier(table)} DISABLE TRIGGER USER`);
    await client.query(`TRUNCATE ${names}`);
    await fill(client, file, own);
    for (const table of NOT_RESTORED) await client.query(`DELETE FROM ${pg.escapeIdentifier(table)}`);
    const endedRuns = await settle(client);
    const disagreements = options.served === null ? [] : await compare(client, options.served);
    if (disagreements.length > 0 && !options.force) {
      throw new RestoreRefused("The backup is older than what visitors are served now.", disagreements);
    }
    await options.record(client);
    for (const { table } of own)
      await client.query(`ALTER TABLE ${pg.escapeIdentifier(table)} ENABLE TRIGGER USER`);
    await client.query("SELECT pg_notify('signalbox_routes', name) FROM app");
    await client.query("COMMIT");
    return { createdAt, tables: own.length, rows, endedRuns, disagreements };
  } finally {
    // Without COMMIT the connection's end takes everything back.
    await client.end();
  }
}

async function refuseUnknownMigrations(client: pg.Client, wanted: string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT migration_name AS name FROM _prisma_migrations",
  );
  const known = new Set(rows.map(({ name }) => name));
  const newer = wanted.filter((name) => !known.has(name));
  if (newer.length === 0) return;
  throw new RestoreRefused(
    `The backup was made by a newer Signalbox (${newer.join(", ")}). Install that version first.`,
  );
}

async function fill(client: pg.Client, file: string, own: TableLine[]): Promise<void> {
  const known = new Map(own.map(({ table, columns }) => [table, new Set(columns)]));
  const lines = linesIn(file)[Symbol.asyncIterator]();
  await lines.next();
  let next = await lines.next();
  while (!next.done && !next.value.startsWith('{"end"')) {
    const { table, columns } = tableLine.parse(JSON.parse(next.value));
    const missing = columns.filter((column) => !known.get(table)?.has(column));
    if (missing.length > 0) {
      throw new RestoreRefused(
        `The backup has ${table}.${missing[0]}, which this version no longer knows. Restore it with the version that made it.`,
      );
    }
    const names = columns.map((column) => pg.escapeIdentifier(column)).join(", ");
    const target = client.query(copyFrom(`COPY ${pg.escapeIdentifier(table)} (${names}) FROM STDIN`));
    const rowsOf = async function* () {
      for (next = await lines.next(); !next.done && next.value.startsWith(ROW); next = await lines.next()) {
        yield `${next.value.slice(ROW.length)}\n`;
      }
    };
    await pipeline(Readable.from(rowsOf()), target);
  }
}

/** What must be ahead of everything seen since, and what can't go on. */
async function settle(client: pg.Client): Promise<number> {
  await client.query(`UPDATE app SET epoch = epoch + ${FORWARD}, route_version = route_version + ${FORWARD}`);
  await client.query("DELETE FROM way_back");
  // The testers' copy of then is gone, or another one by now.
  await client.query("UPDATE slot SET preview_at = NULL, preview_bytes = NULL");
  const ended = await client.query(
    `UPDATE run SET status = 'aborted', finished_at = now(), lease_until = NULL, engine_key = NULL,
            error = 'The store was restored from a backup that was made while this was under way.'
      WHERE finished_at IS NULL`,
  );
  const { rows } = await client.query<{ table: string; column: string }>(`
    SELECT c.relname AS table, a.attname AS column FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0
       AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL`);
  for (const { table, column } of rows) {
    await client.query(
      `SELECT setval(pg_get_serial_sequence(quote_ident($1), $2), greatest(1, (SELECT max(${pg.escapeIdentifier(column)})
         FROM ${pg.escapeIdentifier(table)}) + 1), false)`,
      [table, column],
    );
  }
  return ended.rowCount ?? 0;
}

/** Where the gateways serve another slot or another release than the backup has: it would be the wrong truth. */
async function compare(client: pg.Client, served: AppRoutes[]): Promise<Disagreement[]> {
  const { rows } = await client.query<{
    app: string;
    live: string | null;
    slot: string;
    release: string | null;
  }>(`
    SELECT a.name AS app, a.live_slot AS live, s.name AS slot, r.version AS release
      FROM app a JOIN slot s ON s.app_id = a.id LEFT JOIN release r ON r.id = s.release_id`);
  const found: Disagreement[] = [];
  for (const { app, live, slots } of served) {
    const restored = rows.filter((row) => row.app === app);
    if (restored.length === 0) found.push({ app, what: "is served now and is not in the backup" });
    else if (restored[0]!.live !== live) {
      found.push({
        app,
        what: `${live ?? "nothing"} is live now, and ${restored[0]!.live ?? "nothing"} in the backup`,
      });
    } else {
      const now = slots.find(({ slot }) => slot === live)?.release ?? null;
      const then = restored.find(({ slot }) => slot === live)?.release ?? null;
      if (now !== then)
        found.push({
          app,
          what: `${live} runs ${now ?? "nothing"} now, and ${then ?? "nothing"} in the backup`,
        });
    }
  }
  return found;
}

async function* linesIn(file: string): AsyncGenerator<string> {
  const source = createReadStream(file);
  const unzipped = createGunzip();
  source.on("error", (error) => unzipped.destroy(error));
  try {
    yield* linesOf(source.pipe(unzipped));
  } finally {
    source.destroy();
  }
}
