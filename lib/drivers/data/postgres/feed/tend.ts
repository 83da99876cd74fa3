/** Between runs: what a crash or a restart of a server left of the feeds is set right, and the waiting one kept young. */
import { type FencingToken, Refusal } from "#lib/engine/ports.ts";
import { isAway } from "../connect.ts";
import type { Side } from "../side.ts";
import { connectionFor } from "./connection.ts";
import { connectionMark, noteConnection, noteRetry, readFeedControl } from "./control.ts";
import { closeFeeds } from "./open.ts";
import { advanceSlot, createSlot, dropSlot, readSlot } from "./slot.ts";
import {
  disableSubscription,
  enableSubscription,
  endWorkers,
  keepSecret,
  readSubscription,
  setConnection,
} from "./subscription.ts";
import { claimed, startFeed } from "./turn.ts";

/** A feed that failed at so many looks in a row rests for a while, so that the server's log does not fill. */
const PATIENCE_LOOKS = 5;
const RETRY_MS = 30_000;

/** By feed: what its workers had failed at the last look, and how many looks in a row found more. */
export type FeedErrors = Map<string, { errors: number; looks: number }>;

export interface TendOptions {
  token: FencingToken;
  passwordFor(role: string): string;
  errors: FeedErrors;
  signal: AbortSignal;
}

/** `live` and `other` have feeds, and it is the one from `live` that should run. */
export async function tendFeeds(live: Side, other: Side, options: TendOptions): Promise<void> {
  const { token } = options;
  const there = await live.server.use(live.names.database, readFeedControl);
  if (!there) return;
  await startFeed(live, other, token);
  await keepRunning(live, other, options);
  await keepYoung(other, options);
}

/**
 * The waiting one would have to read all of it first when its turn comes. It has given out nothing yet, so one that was
 * lost is made anew.
 */
async function keepYoung(side: Side, { token, signal }: TendOptions): Promise<void> {
  const { server, names } = side;
  const usable = await server.use(names.database, (client) =>
    claimed(client, token, async () => {
      const slot = await readSlot(client, names);
      if (slot?.active) return true;
      if (slot?.walStatus === "lost") await dropSlot(client, names);
      if (!slot || slot.walStatus === "lost") return false;
      const { rows } = await client.query("SELECT pg_current_wal_insert_lsn()::text AS now");
      await advanceSlot(client, names, rows[0].now);
      return true;
    }),
  );
  if (!usable) await createSlot(side, signal);
}

async function keepRunning(live: Side, other: Side, options: TendOptions): Promise<void> {
  const { token, passwordFor, errors } = options;
  const { feed } = live.names;
  const connection = await connectionFor(live, other, passwordFor(feed));
  await other.server.use(other.names.database, async (client) => {
    const found = await readSubscription(client, live.names);
    if (!found) return;
    const control = await readFeedControl(client);
    if (control?.connectionMark !== connectionMark(connection)) {
      await keepSecret(client);
      await claimed(client, token, async () => {
        await setConnection(client, live.names, connection);
        await noteConnection(client, connection);
      });
    }
    if (!found.enabled) {
      if (control?.retryDue === false) return;
      errors.delete(feed);
      return await claimed(client, token, async () => {
        await enableSubscription(client, live.names);
        await noteRetry(client, null);
      });
    }
    const last = errors.get(feed) ?? { errors: found.errors, looks: 0 };
    // A server that crashed counts from nothing again.
    const before = found.errors < last.errors ? 0 : last.errors;
    const looks = found.errors > before ? last.looks + 1 : 0;
    errors.set(feed, { errors: found.errors, looks });
    if (looks < PATIENCE_LOOKS) return;
    await claimed(client, token, async () => {
      await disableSubscription(client, live.names);
      await noteRetry(client, RETRY_MS);
    });
    await endWorkers(client, live.names);
  });
}

/** By feed: with which token nothing was seen to be left, and when. */
export type TidyFeeds = Map<string, { token: FencingToken; at: number }>;

/** A run leaves its token behind, so with the same one nothing was begun; a restored database may bring something. */
const LOOK_AGAIN_MS = 60_000;

/**
 * No feed should be: what an attempt that was cut off left would keep the server's log for ever. Not to be called
 * while a run with this token is on.
 */
export async function removeLeftFeeds(
  sides: readonly [Side, Side],
  token: FencingToken,
  tidy: TidyFeeds,
): Promise<void> {
  const { feed } = sides[0].names;
  const seen = tidy.get(feed);
  const at = performance.now();
  if (seen?.token === token && at - seen.at < LOOK_AGAIN_MS) return;
  let away: unknown = null;
  for (const { server, names } of sides) {
    const look = server.use(names.database, async (client) => {
      const { rows } = await client.query(
        "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1 AND database = current_database()) AS slot",
        [names.feed],
      );
      return rows[0].slot || (await readFeedControl(client)) !== null;
    });
    const left = await look.catch((error) => {
      // Of an app that has no databases yet nothing can be left.
      if (error instanceof Refusal && error.code === "slot-not-provisioned") return false;
      if (!isAway(error)) throw error;
      away = error;
      return false;
    });
    if (left) return void (await closeFeeds(sides, token));
  }
  if (away !== null) throw away;
  tidy.set(feed, { token, at });
}
