/** How a feed is doing, as both ends tell it. */
import type { FeedState, FeedStatus } from "#lib/engine/ports.ts";
import type { Side } from "../side.ts";
import { countChanges, readFeedControl, readPulse } from "./control.ts";
import { schemaMark } from "./schema-mark.ts";
import { awaitPulse } from "./settle.ts";
import { readSlot, type SlotRow } from "./slot.ts";
import { whyNotConnected, whyStopped } from "./stop-reason.ts";
import { readSubscription, type SubscriptionRow } from "./subscription.ts";

/** A change that takes longer than this to arrive is behind. */
const PROMPT_MS = 1_000;

export interface StatusOptions {
  /** The log of the target's server, where it can be read. */
  serverLog: string | null;
}

export async function feedStatus(from: Side, to: Side, { serverLog }: StatusOptions): Promise<FeedStatus> {
  const before = await look(from, to);
  if (before === null) return NONE;
  const promptly = before.subscription?.enabled === true && before.slot !== null;
  const lagMs = promptly ? await measureLag(from, to) : null;
  const now = lagMs === null ? ((await look(from, to)) ?? before) : before;
  const seen = stateOf(before, now, lagMs);
  // One that never gets at its source is not counted as failing by PostgreSQL.
  const cutOff = seen === "starting" ? await whyNotConnected(to, from.names.feed, serverLog) : null;
  const state = cutOff ? "stopped" : seen;
  const wellOff = state === "running" || state === "starting";
  return {
    state,
    reason: cutOff ?? (wellOff ? null : await reasonOf(from, to, now, state, serverLog)),
    lagMs: lagMs ?? now.pulseAgeMs,
    // All that was committed before the pulse is there.
    lagRows: lagMs !== null ? 0 : await rowsSince(from, now.pulseChanges),
    lagBytes: now.slot?.lagBytes ?? null,
    retainedBytes: now.slot?.retainedBytes ?? null,
    schemaChanges: now.schemaChanges,
  };
}

const NONE: FeedStatus = {
  state: "none",
  reason: null,
  lagMs: null,
  lagRows: null,
  lagBytes: null,
  retainedBytes: null,
  schemaChanges: [],
};

interface Ends {
  slot: SlotRow | null;
  subscription: SubscriptionRow | null;
  pulseAgeMs: number | null;
  /** How many rows the source had changed by that pulse. */
  pulseChanges: number | null;
  schemaChanges: string[];
}

/** Null where no feeds were set up. */
async function look(from: Side, to: Side): Promise<Ends | null> {
  return await from.server.use(from.names.database, (source) =>
    to.server.use(to.names.database, async (target) => {
      const controls = [await readFeedControl(source), await readFeedControl(target)];
      const slot = await readSlot(source, from.names);
      const subscription = await readSubscription(target, from.names);
      if (!slot && !subscription && !controls[0] && !controls[1]) return null;
      const schemaChanges: string[] = [];
      for (const [index, client] of [source, target].entries()) {
        const control = controls[index];
        if (control && control.schemaMark !== (await schemaMark(client)))
          schemaChanges.push(
            `The tables of ${(index === 0 ? from : to).names.database} were changed since the feed was set up.`,
          );
      }
      const pulse = controls[1] && (await readPulse(target, from.names));
      const { ageMs: pulseAgeMs = null, changes: pulseChanges = null } = pulse ?? {};
      return { slot, subscription, pulseAgeMs, pulseChanges, schemaChanges };
    }),
  );
}

/** Null when that can't be told. */
async function rowsSince(from: Side, changes: number | null): Promise<number | null> {
  if (changes === null) return null;
  const since = (await from.server.use(from.names.database, countChanges)) - changes;
  // A server that crashed counts from nothing again.
  return since < 0 ? null : since;
}

/** Null when it takes longer than would be prompt. */
const measureLag = (from: Side, to: Side): Promise<number | null> =>
  awaitPulse(from, to, {
    timeoutMs: PROMPT_MS,
    counted: true,
    signal: new AbortController().signal,
  }).then(
    ({ ms }) => ms,
    () => null,
  );

function stateOf(before: Ends, now: Ends, lagMs: number | null): FeedState {
  const { slot, subscription } = now;
  if (!slot || !subscription || whyLost(now) !== null) return "lost";
  if (lagMs !== null) return "running";
  if (!subscription.enabled) return "stopped";
  const failing = subscription.errors > (before.subscription?.errors ?? 0) || subscription.pid === null;
  if (failing && subscription.errors > 0) return "stopped";
  return slot.active ? "running" : "starting";
}

async function reasonOf(from: Side, to: Side, ends: Ends, state: FeedState, serverLog: string | null) {
  if (state === "lost") return whyLost(ends);
  return whyLost(ends) ?? (await whyStopped(to, ends.subscription!, from.names.feed, serverLog));
}

function whyLost({ slot, subscription }: Ends): string | null {
  if (slot?.walStatus === "lost") {
    const setting = LIMITS[slot.invalid ?? "wal_removed"] ?? slot.invalid;
    return `The server threw away log that the feed still needed (${setting}).`;
  }
  if (slot && subscription) return null;
  return `The feed's ${slot ? "receiving" : "sending"} end is gone.`;
}

const LIMITS: Record<string, string> = {
  wal_removed: "max_slot_wal_keep_size",
  idle_timeout: "idle_replication_slot_timeout",
};

/** Why the feed that waits for its turn could not begin; null: it can. */
export async function waitingProblem(from: Side, to: Side): Promise<string | null> {
  const ends = await look(from, to);
  return ends && whyLost(ends);
}
