/** Turns the feeds of two slots round: the running one ends, the waiting one begins where the new live slot does. */
import type pg from "pg";
import type { FencingToken } from "#lib/engine/ports.ts";
import { claimGuard, underClaim } from "../guard.ts";
import type { Side } from "../side.ts";
import { clearStart, NOTE_START, readFeedControl, startFrom } from "./control.ts";
import { advanceSlot, endReader } from "./slot.ts";
import { beginAt, disabling, enableSubscription, endWorkers, readSubscription } from "./subscription.ts";

/**
 * Behind the fence of `from`, when all of it is applied on `to`. What `to` writes from now on is its own, so the
 * feed back begins here. The last commit also flushes all that was applied, which a subscription does not.
 */
export async function turn(from: Side, to: Side, token: FencingToken): Promise<{ position: string }> {
  return await to.server.use(to.names.database, async (client) => {
    // On disk with the next one.
    await underClaim(client, token, [disabling(from.names)], { durable: false });
    await endWorkers(client, from.names);
    const [noted] = await underClaim(client, token, [NOTE_START]);
    return { position: startFrom(noted!.rows) };
  });
}

/** The feed goes on as if nothing had been. */
export async function unturn(from: Side, to: Side, token: FencingToken): Promise<void> {
  await to.server.use(to.names.database, async (client) => {
    const found = await readSubscription(client, from.names);
    // Nothing was set up, or an undo came after the feeds were taken down.
    if (!found) return;
    await claimed(client, token, async () => {
      await clearStart(client);
      if (!found.enabled) await enableSubscription(client, from.names);
    });
  });
}

/**
 * Begins the feed from the new live slot. Safe to repeat: where it begins is noted in the database until it runs, and
 * never moved afterwards.
 */
export async function startFeed(from: Side, to: Side, token: FencingToken): Promise<void> {
  await from.server.use(from.names.database, async (source) => {
    const startsAt = (await readFeedControl(source))?.startsAt ?? null;
    if (startsAt === null) return;
    const opposite = await readSubscription(source, to.names);
    if (opposite?.enabled) throw new Error("the feed in the other direction still runs");
    await to.server.use(to.names.database, async (target) => {
      const found = await readSubscription(target, from.names);
      if (!found) throw new Error("there is no feed to start");
      if (!found.enabled) {
        await endReader(source, from.names);
        await claimed(source, token, () => advanceSlot(source, from.names, startsAt));
        await claimed(target, token, async () => {
          await beginAt(target, from.names, startsAt);
          await enableSubscription(target, from.names);
        });
      }
    });
    await claimed(source, token, () => clearStart(source));
  });
}

/** While the guard's row is ours no engine with another token can make the slot writable. */
export async function claimed<T>(client: pg.Client, token: FencingToken, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN; SET LOCAL synchronous_commit = on");
  await claimGuard(client, token);
  const result = await work();
  await client.query("COMMIT");
  return result;
}
