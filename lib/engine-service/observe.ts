/** What only the engine can see of an app, written down for those who read the store. */
import { otherSlot, SLOT_NAMES, type SlotName } from "#lib/engine/model.ts";
import { tableBytes } from "#lib/engine/plans/swap.ts";
import type { FeedStatus } from "#lib/engine/ports.ts";
import { messageOf } from "#lib/engine/retry.ts";
import { type Facts, slotRef, specOf, type World, webInstances } from "#lib/engine/world.ts";
import type { Store } from "#lib/store/client.ts";
import type { Prisma } from "#lib/store/generated/client.ts";

/** Processes with CPU and memory, size of the data. Shape: ObservedSlot in lib/operations/read. */
export async function observeSlots(store: Store, world: World, facts: Facts): Promise<void> {
  for (const slot of SLOT_NAMES) {
    const ref = slotRef(facts, slot);
    const [processes, stats, data] = await Promise.all([
      world.runtime.inspect(ref),
      world.runtime.stats(ref),
      facts.slots[slot].dataState === "empty" ? null : describeAll(world, facts, slot),
    ]);
    const outdated = await outdatedIn(world, facts, slot);
    const feed = facts.slots[slot].fed ? await feedInto(world, facts, slot) : null;
    const wanted = [
      ...webInstances(facts),
      ...Object.keys(facts.slots[slot].release?.manifest.processes ?? {}),
    ];
    // Of a replacement, a larger number or another release; they may be there again.
    const shown = processes.filter(({ process, state }) => state !== "stopped" || wanted.includes(process));
    const observed = {
      processes: shown.map(({ process, state, pid, startedAt, restarts }) => {
        const measured = stats.find((other) => other.process === process);
        return {
          process,
          state,
          pid,
          startedAt: startedAt?.toISOString() ?? null,
          restarts,
          cpu: measured?.cpu ?? null,
          rssBytes: measured?.rssBytes ?? null,
          outdated: outdated.includes(process),
        };
      }),
      data,
      feed: feed && { ...feed, at: new Date().toISOString() },
    };
    await store.slot.updateMany({
      where: { app: { name: facts.app }, name: slot },
      data: { observed: observed as Prisma.InputJsonValue, observedAt: new Date() },
    });
  }
  await store.$executeRaw`SELECT pg_notify('signalbox_routes', ${facts.app})`;
}

/** Those that run with other variables than they would be started with now. */
async function outdatedIn(world: World, facts: Facts, slot: "blue" | "green"): Promise<string[]> {
  const { release } = facts.slots[slot];
  if (!release || !world.runtime.outdated) return [];
  try {
    const workers = Object.keys(release.manifest.processes).filter((name) => name !== "web");
    const spec = await specOf(world, facts, slot, release);
    return await world.runtime.outdated(spec, [...webInstances(facts), ...workers]);
  } catch {
    return [];
  }
}

async function describeAll(world: World, facts: Facts, slot: "blue" | "green") {
  try {
    const all = await Promise.all(world.data.map((driver) => driver.describe(slotRef(facts, slot))));
    const tables = all.flatMap((description) => description.tables);
    return {
      // What is followed is not copied in a window, so the forecast leaves it out on both sides.
      bytes: all
        .filter((_, index) => !world.data[index]?.capabilities.follows)
        .reduce((sum, described) => sum + tableBytes(described), 0),
      tables: tables.length,
      rows: tables.reduce((sum, { rows }) => sum + Math.max(0, rows), 0),
    };
  } catch {
    return null;
  }
}

/** How the feed into a slot is doing; of several stores, the one that does worst. */
export async function feedInto(world: World, facts: Facts, slot: SlotName): Promise<FeedStatus> {
  const [from, to] = [slotRef(facts, otherSlot(slot)), slotRef(facts, slot)];
  const all = await Promise.all(
    world.data.map(({ feeds }) =>
      feeds?.status(from, to).catch((error): FeedStatus => ({ ...UNSEEN, reason: messageOf(error) })),
    ),
  );
  const found = all.filter((status) => status !== undefined);
  return found.sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state))[0] ?? UNSEEN;
}

const WORST_FIRST: FeedStatus["state"][] = ["none", "lost", "stopped", "starting", "running"];

/** Of a feed whose databases can't be asked now: it does not carry anything as far as can be told. */
const UNSEEN: FeedStatus = {
  state: "stopped",
  reason: null,
  lagMs: null,
  lagRows: null,
  lagBytes: null,
  retainedBytes: null,
  schemaChanges: [],
};

/** Rows that going back would lose now; null when there is no way back. Written down for the cockpit. */
export async function measureWayBack(store: Store, world: World, facts: Facts, signal: AbortSignal) {
  const resting = SLOT_NAMES.find((slot) => facts.slots[slot].dataState === "resting");
  if (!resting || facts.live === null) return null;
  const total = { inserted: 0, changed: 0, deleted: 0, exact: true };
  const tables: unknown[] = [];
  // Of when it was begun: what is written while it is measured may be missing.
  const measuredAt = new Date();
  const feed = facts.slots[resting].fed ? await feedInto(world, facts, resting) : null;
  const lossless = feed?.state === "running" && feed.schemaChanges.length === 0;
  const reason =
    lossless || !feed ? null : [feed.reason, ...feed.schemaChanges].filter(Boolean).join(" ") || null;
  for (const driver of world.data) {
    // What a feed that runs has not carried yet it will have by then.
    if (driver.capabilities.feedsBack || (driver.feeds && lossless)) continue;
    const found = await driver.difference(slotRef(facts, resting), slotRef(facts, facts.live), { signal });
    total.inserted += found.inserted;
    total.changed += found.changed;
    total.deleted += found.deleted;
    total.exact &&= found.exact;
    tables.push(...found.tables);
  }
  const row = { ...total, lossless, reason, tables: tables as Prisma.InputJsonValue, measuredAt };
  await store.$transaction(async (tx) => {
    // Only while the slot still rests: a run may have ended the way back meanwhile.
    const still = await tx.slot.findFirst({
      where: { app: { name: facts.app }, name: resting, dataState: "resting" },
      select: { appId: true },
    });
    if (!still) return;
    await tx.wayBack.upsert({
      where: { appId: still.appId },
      create: { appId: still.appId, ...row },
      update: row,
    });
  });
  return { ...total, lossless, reason, measuredAt };
}
