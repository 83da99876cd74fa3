/** Steps for the stores whose changes are carried by feeds: set up at a sync, turned round in a switch. */
import type { SlotName } from "../model.ts";
import type { Step, StepContext } from "../plan.ts";
import type { Feeds } from "../ports.ts";
import { type Facts, slotRef, type World } from "../world.ts";

type Site = { world: World; facts: Facts };
type Slots = { from: SlotName; to: SlotName };

export const SETTLE = "settle the feed";
export const SEQUENCES = "carry sequences";
export const END_FEED = "end the feed";
export const TURN = "turn the feed";
export const startFeedName = ({ from, to }: Slots) => `feed ${from} to ${to}`;

/** How far behind a feed may be when a window is asked for: it has this long to arrive. Milliseconds. */
const CLOSE_MS = 30_000;

export const feedsOf = ({ world }: Site): Feeds[] => world.data.flatMap(({ feeds }) => feeds ?? []);

/** Nobody waits yet: what the feeds are behind now need not be waited for in the window. */
export function comeClose(site: Site, slots: Slots): Step {
  return {
    name: "feed is close",
    phase: "before",
    act: async (context) => {
      const [from, to] = [slotRef(site.facts, slots.from), slotRef(site.facts, slots.to)];
      const [settled] = await Promise.all([
        settleAll(site, slots, context, CLOSE_MS),
        // All at once, as in the window: the connections that it needs are there then.
        ...feedsOf(site).map((feeds) => feeds.schemaChanges(from, to)),
        ...site.world.data.map((driver) => driver.fenced(from)),
      ]);
      return settled;
    },
  };
}

/** Behind the fence: all that was acknowledged is applied. */
export function settle(site: Site, slots: Slots): Step {
  return {
    name: SETTLE,
    phase: "window",
    guarded: true,
    act: (context) => settleAll(site, slots, context, Math.min(context.remainingMs(), CLOSE_MS)),
  };
}

/**
 * Behind the durable fence: until then the app can still draw numbers, and what the feed applies last may set a
 * sequence back (TRUNCATE … RESTART IDENTITY).
 */
export function carrySequences(site: Site, slots: Slots): Step {
  const { facts } = site;
  const [from, to] = [slotRef(facts, slots.from), slotRef(facts, slots.to)];
  return {
    name: SEQUENCES,
    phase: "window",
    guarded: true,
    act: async ({ token }) => {
      const carried = await Promise.all(
        feedsOf(site).map((feeds) => feeds.carrySequences(from, to, { token })),
      );
      return { sequences: carried.reduce((sum, { sequences }) => sum + sequences, 0) };
    },
  };
}

async function settleAll(
  site: Site,
  slots: Slots,
  { signal }: StepContext,
  timeoutMs: number,
): Promise<{ ms: number }> {
  const [from, to] = [slotRef(site.facts, slots.from), slotRef(site.facts, slots.to)];
  const all = await Promise.all(feedsOf(site).map((feeds) => feeds.settle(from, to, { timeoutMs, signal })));
  return { ms: Math.max(0, ...all.map(({ ms }) => ms)) };
}

/** The feed ends, and where the way back begins is noted in the new live data itself. */
export function turnFeeds(site: Site, slots: Slots): Step {
  const { facts } = site;
  const [from, to] = [slotRef(facts, slots.from), slotRef(facts, slots.to)];
  return {
    name: TURN,
    phase: "window",
    guarded: true,
    act: async ({ token }) => {
      const turned = await Promise.all(feedsOf(site).map((feeds) => feeds.turn(from, to, { token })));
      return { positions: turned.map(({ position }) => position) };
    },
    undo: async ({ token }) => {
      for (const feeds of feedsOf(site)) await feeds.unturn(from, to, { token });
    },
  };
}

/** Visitors are served already. Where it can't be started the way back is lossy, and the cockpit says so. */
export function startFeeds(site: Site, slots: Slots): Step {
  const { facts } = site;
  return {
    name: startFeedName(slots),
    phase: "after",
    bestEffort: true,
    act: async ({ token }) => {
      for (const feeds of feedsOf(site))
        await feeds.start(slotRef(facts, slots.from), slotRef(facts, slots.to), { token });
      return undefined;
    },
  };
}

/** Where a slot is fed and will not be any more. */
export function endFeeds(site: Site, phase: "before" | "after"): Step[] {
  const { facts } = site;
  if (!facts.slots.blue.fed && !facts.slots.green.fed) return [];
  return [
    {
      name: END_FEED,
      phase,
      act: async ({ token }) => {
        const notes: string[] = [];
        for (const feeds of feedsOf(site))
          notes.push(
            ...(await feeds.close([slotRef(facts, "blue"), slotRef(facts, "green")], { token })).left,
          );
        return notes.length > 0 ? { notes } : undefined;
      },
    },
  ];
}
