/** Sets feeds up between two slots, one running and its opposite waiting, and takes them down. */
import type pg from "pg";
import { type CopyReport, type FencingToken, Refusal } from "#lib/engine/ports.ts";
import { readTables, type Table } from "../catalog.ts";
import { isAway } from "../connect.ts";
import { type CopyOptions, copySlot } from "../copy.ts";
import { type Match, matchTables } from "../match.ts";
import type { Side } from "../side.ts";
import { takeOver } from "../takeover.ts";
import { inTransaction } from "../transaction.ts";
import { connectionFor, createFeedRole, dropFeedRole } from "./connection.ts";
import { createFeedControl, forgetFeed, noteFeed } from "./control.ts";
import { identityProblems } from "./identity.ts";
import { createPublication, dropPublication } from "./publication.ts";
import { schemaMark } from "./schema-mark.ts";
import { awaitPulse } from "./settle.ts";
import { createSlot, createSlotWithSnapshot, dropSlot } from "./slot.ts";
import { createSubscription, dropSubscription, enableSubscription, keepSecret } from "./subscription.ts";
import { claimed } from "./turn.ts";

/** How long the feed may take to carry its first change. It begins with what was written during the copy. */
const FIRST_MS = 600_000;

export interface OpenOptions extends Omit<CopyOptions, "snapshot"> {
  passwordFor(role: string): string;
  isLedger(table: Table): boolean;
}

export async function openFeeds(from: Side, to: Side, options: OpenOptions): Promise<CopyReport> {
  const { token, signal, onProgress, passwordFor, isLedger } = options;
  const [left] = await closeFeeds([from, to], token);
  if (left) throw new Error(left);
  await prepare(from, to, passwordFor);
  await publish(from, to, isLedger, token);

  const { snapshot, session } = await createSlotWithSnapshot(from, signal);
  let report: CopyReport;
  try {
    report = await copySlot(from, to, isLedger, { token, onProgress, signal, snapshot });
  } finally {
    await session.close();
  }
  // Only now: what was copied is no change that could ever go back.
  await createSlot(to, signal);
  for (const [source, target] of [
    [from, to],
    [to, from],
  ] as const) {
    const connection = await connectionFor(source, target, passwordFor(source.names.feed));
    await inside(target, async (client) => {
      await keepSecret(client);
      await claimed(client, token, async () => {
        await noteFeed(client, await schemaMark(client), connection);
        await createSubscription(client, source, target.names, connection);
      });
    });
  }
  await inside(to, (client) => claimed(client, token, () => enableSubscription(client, from.names)));
  await awaitPulse(from, to, { timeoutMs: FIRST_MS, signal });
  return report;
}

async function prepare(from: Side, to: Side, passwordFor: (role: string) => string): Promise<void> {
  for (const side of [from, to]) {
    await side.server.use(undefined, (admin) =>
      createFeedRole(admin, side.names, passwordFor(side.names.feed)),
    );
    await inside(side, (client) =>
      inTransaction(client, () => createFeedControl(client, [from.names, to.names])),
    );
  }
}

/** Both directions at once: each gives out what the other side has a place for. */
async function publish(
  from: Side,
  to: Side,
  isLedger: (table: Table) => boolean,
  token: FencingToken,
): Promise<void> {
  const [left, right] = [await tablesOf(from), await tablesOf(to)];
  const ways = [
    { source: from, target: to, match: matchTables(left, right, isLedger) },
    { source: to, target: from, match: matchTables(right, left, isLedger) },
  ];
  // Before the first publication: it would make the app's own updates of such a table fail.
  for (const way of ways) await refuseUnidentified(way);
  for (const { source, match } of ways)
    await inside(source, (client) =>
      claimed(client, token, () => createPublication(client, source.names, match)),
    );
}

async function refuseUnidentified({ source, target, match }: { source: Side; target: Side; match: Match }) {
  const [first] = await inside(source, (client) =>
    inside(target, (other) => identityProblems(client, other, match)),
  );
  if (first) throw new Refusal("no-identity", `${first.what}.`, `Run ${first.sql} Or sync in snapshot mode.`);
}

const tablesOf = (side: Side): Promise<Table[]> => inside(side, readTables);

/**
 * Harmless where there is nothing. What was carried stays. With one server away the other's end is closed all the same,
 * as it keeps log that nobody will ask for; resolves with what could not be closed, which the caretaker does later.
 */
export async function closeFeeds(sides: readonly [Side, Side], token: FencingToken): Promise<string[]> {
  const [one, other] = sides;
  const away = new Map<Side, Refusal>();
  for (const side of sides) {
    await inside(side, (client) => takeOver(side.server, client, token)).catch((error) => {
      if (!isAway(error)) throw error;
      away.set(side, error);
    });
  }
  if (away.size === 2) throw away.get(one);
  // Receivers first: a slot that is being read can't be dropped.
  for (const [source, target] of [
    [one, other],
    [other, one],
  ] as const)
    if (!away.has(target)) await inside(target, (client) => dropSubscription(client, source.names));
  for (const side of sides) {
    if (away.has(side)) continue;
    const { server, names } = side;
    await server.use(names.database, async (client) => {
      await dropSlot(client, names);
      await dropPublication(client, names);
      await forgetFeed(client);
    });
    await server.use(undefined, (admin) => dropFeedRole(admin, names));
  }
  return [...away].map(
    ([{ names }, { message }]) =>
      `What the feed left at ${names.database} is removed when its server is back: ${message}`,
  );
}

const inside = <T>({ server, names }: Side, work: (client: pg.Client) => Promise<T>): Promise<T> =>
  server.use(names.database, work);
