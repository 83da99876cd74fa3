/**
 * A throw-away copy of a slot's database, made by the server from the database's files: with everything in it, of one
 * moment, and for next to nothing where the file system can share blocks. The server wants nobody in a database that it
 * copies, so the feed into it stands still meanwhile. Why so: docs/decisions/preview-clone.md.
 */
import type pg from "pg";
import type { Finding } from "#lib/engine/model.ts";
import { type CloneReport, type FencingToken, Refusal } from "#lib/engine/ports.ts";
import { roomFor } from "../room.ts";
import { abortError } from "./abort.ts";
import { aloneIn } from "./alone.ts";
import type { DataServer } from "./connect.ts";
import { forgetFeed, readFeedControl } from "./feed/control.ts";
import {
  disableSubscription,
  enableSubscription,
  endWorkers,
  readSubscription,
} from "./feed/subscription.ts";
import { claimed } from "./feed/turn.ts";
import { grantWriting } from "./grants.ts";
import { claimGuard } from "./guard.ts";
import { cloneNames, type SlotNames } from "./names.ts";
import { placeOf } from "./preflight-server.ts";
import { identifier, identifiers } from "./quote.ts";
import { carrySequencesAhead } from "./sequences.ts";
import { withSetupLock } from "./setup-lock.ts";
import type { Side } from "./side.ts";
import { takeOver } from "./takeover.ts";

interface CloneOptions {
  token: FencingToken;
  signal: AbortSignal;
}

/** Whether the server's disk has room for one. */
export async function cloneFindings(side: Side): Promise<Finding[]> {
  return await inside(side, async (client) => {
    const { dir, bytes } = await placeOf(client);
    if (dir === null) return [];
    const sharesBlocks = (await client.query(SHARE_BLOCKS)).rowCount !== 0;
    return await roomFor({ what: side.names.database, dir, bytes, sharesBlocks });
  });
}

/** `other` is the slot that may feed this one. */
export async function makeClone(side: Side, other: Side, options: CloneOptions): Promise<CloneReport> {
  const { server, names } = side;
  const { token, signal } = options;
  if (signal.aborted) throw abortError(signal);
  if (names.adopted) throw notOurs(names);
  return await withSetupLock(server, names, async (admin) => {
    await admin.query("SET statement_timeout = 0");
    await inside(side, (client) => takeOver(server, client, token));
    const { clone, next, last } = cloneNames(names);
    for (const database of [next, last]) await dropDatabase(server, admin, database);
    const { at, fed } = await whileFeedRests(side, other, token, () => copyFiles(side, admin, next, signal));
    await settleIn(side, admin, next, token);
    // What arrived by a feed did not move the sequences: a tester's first row would get a number that is taken.
    if (fed) await carrySequencesAhead(other, { server, names: { ...names, database: next } }, token);
    await server.forget(next);
    const { rows } = await admin.query("SELECT pg_database_size($1)::float8 AS bytes", [next]);
    await aloneIn(server, [clone, next], signal, admin, () => takePlace(admin, { clone, next, last }));
    await dropDatabase(server, admin, last);
    return { at, bytes: rows[0].bytes, notes: [] };
  });
}

/** Also what was being made. Rejects with StaleToken when a newer engine has been there. */
export async function dropClone(
  { server, names }: Side,
  token: FencingToken,
  keep: string[] = [],
): Promise<void> {
  await withSetupLock(server, names, async (admin) => {
    // Under the lock: whoever makes one has made its token known before it began.
    await inside({ server, names }, (client) => takeOver(server, client, token));
    await dropClones(server, admin, names, keep);
  });
}

/** For whoever holds the setup lock. */
export async function dropClones(
  server: DataServer,
  admin: pg.Client,
  names: SlotNames,
  keep: string[] = [],
): Promise<void> {
  for (const database of Object.values(cloneNames(names)))
    if (!keep.includes(database)) await dropDatabase(server, admin, database);
}

/** Between runs: what a crash left, and a clone that nobody uses any more. */
export async function sweepClones(
  { server, names }: Side,
  token: FencingToken,
  inUse: boolean,
): Promise<void> {
  if (names.adopted) return;
  const { clone, next, last } = cloneNames(names);
  const unwanted = inUse ? [next, last] : [clone, next, last];
  const { rowCount } = await server.use(undefined, (admin) =>
    admin.query("SELECT FROM pg_database WHERE datname = ANY ($1)", [unwanted]),
  );
  if (rowCount) await dropClone({ server, names }, token, inUse ? [clone] : []);
}

/** The feed goes on whatever becomes of `work`. If we die in it, looking after the feeds lets it go on. */
async function whileFeedRests<T>(side: Side, other: Side, token: FencingToken, work: () => Promise<T>) {
  const source = other.names;
  const fed = await inside(side, async (client) => {
    const found = await readSubscription(client, source);
    if (!found) return false;
    if (found.enabled) await claimed(client, token, () => disableSubscription(client, source));
    await endWorkers(client, source);
    return true;
  });
  try {
    const at = new Date();
    await work();
    return { at, fed };
  } finally {
    if (fed) await inside(side, (client) => letFeedGoOn(client, source, token));
  }
}

/** Unless it rests for another reason: a row that it can't apply. */
async function letFeedGoOn(client: pg.Client, source: SlotNames, token: FencingToken): Promise<void> {
  const resting = ((await readFeedControl(client))?.retryDue ?? null) !== null;
  if (resting || (await readSubscription(client, source))?.enabled !== false) return;
  await claimed(client, token, () => enableSubscription(client, source));
}

/** PostgreSQL 18: blocks are shared where the file system can, and copied by the kernel where it can't. */
const SHARE_BLOCKS =
  "SELECT set_config(name, 'clone', false) FROM pg_settings WHERE name = 'file_copy_method' AND 'clone' = ANY (enumvals)";

async function copyFiles({ server, names }: Side, admin: pg.Client, next: string, signal: AbortSignal) {
  const create = `CREATE DATABASE ${identifier(next)} TEMPLATE ${identifier(names.database)} STRATEGY FILE_COPY`;
  await server.forget(names.database);
  await admin.query(SHARE_BLOCKS);
  try {
    await aloneIn(server, [names.database], signal, admin, () => admin.query(create));
  } catch (error) {
    throw signal.aborted ? abortError(signal) : explained(error, names);
  }
}

/** In the copy nothing is fenced and nothing is given out; nobody else gets in. */
async function settleIn(
  { server, names }: Side,
  admin: pg.Client,
  next: string,
  token: FencingToken,
): Promise<void> {
  await admin.query(`
    REVOKE ALL ON DATABASE ${identifier(next)} FROM PUBLIC;
    GRANT CONNECT, TEMPORARY ON DATABASE ${identifier(next)} TO ${identifier(names.app)}`);
  await server.use(next, async (client) => {
    await client.query("BEGIN; SET LOCAL client_min_messages = warning");
    await claimGuard(client, token, false);
    await grantWriting(client, names);
    await forgetFeed(client);
    const { rows } = await client.query("SELECT pubname FROM pg_publication");
    if (rows.length > 0)
      await client.query(`DROP PUBLICATION ${identifiers(rows.map(({ pubname }) => pubname))}`);
    await client.query("COMMIT");
  });
}

/** In one moment. Renaming is undone with its transaction. */
async function takePlace(
  admin: pg.Client,
  { clone, next, last }: ReturnType<typeof cloneNames>,
): Promise<void> {
  const { rowCount } = await admin.query("SELECT FROM pg_database WHERE datname = $1", [clone]);
  await admin.query("BEGIN");
  try {
    if (rowCount) await admin.query(`ALTER DATABASE ${identifier(clone)} RENAME TO ${identifier(last)}`);
    await admin.query(`ALTER DATABASE ${identifier(next)} RENAME TO ${identifier(clone)}`);
    await admin.query("COMMIT");
  } catch (error) {
    await admin.query("ROLLBACK");
    throw error;
  }
}

async function dropDatabase(server: DataServer, admin: pg.Client, database: string): Promise<void> {
  await server.forget(database);
  await admin.query(`SET client_min_messages = warning; SET statement_timeout = 0`);
  await admin.query(`DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE)`);
}

const inside = <T>({ server, names }: Side, work: (client: pg.Client) => Promise<T>): Promise<T> =>
  server.use(names.database, work);

const notOurs = ({ database }: SlotNames) =>
  new Refusal(
    "data-not-made-here",
    `${database} was there before Signalbox; it makes no copies of it.`,
    "Copy it with your own tools, and let your testers' version use the copy.",
  );

function explained(error: unknown, { database }: SlotNames): unknown {
  switch ((error as { code?: string }).code) {
    case "55006":
      return new Refusal(
        "database-in-use",
        `${database} can't be copied: ${(error as { detail?: string }).detail ?? "others use it"}.`,
        "End those sessions, or the prepared transactions in it, then try again.",
        { cause: error },
      );
    case "53100":
      return new Refusal(
        "disk-full",
        `There is no room for a copy of ${database} on the data's server.`,
        "Make room on its disk, then try again; nothing half copied was left.",
        { cause: error },
      );
    default:
      return error;
  }
}
