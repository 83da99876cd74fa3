/** What only the engine can see of an app, written down for those who read the store. */
import { SLOT_NAMES } from "#lib/engine/model.ts";
import { tableBytes } from "#lib/engine/plans/swap.ts";
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

/** Rows that going back would lose now; null when there is no way back. Written down for the cockpit. */
export async function measureWayBack(store: Store, world: World, facts: Facts, signal: AbortSignal) {
  const resting = SLOT_NAMES.find((slot) => facts.slots[slot].dataState === "resting");
  if (!resting || facts.live === null) return null;
  const total = { inserted: 0, changed: 0, deleted: 0, exact: true };
  const tables: unknown[] = [];
  // Of when it was begun: what is written while it is measured may be missing.
  const measuredAt = new Date();
  for (const driver of world.data) {
    if (driver.capabilities.feedsBack) continue;
    const found = await driver.difference(slotRef(facts, resting), slotRef(facts, facts.live), { signal });
    total.inserted += found.inserted;
    total.changed += found.changed;
    total.deleted += found.deleted;
    total.exact &&= found.exact;
    tables.push(...found.tables);
  }
  const row = { ...total, tables: tables as Prisma.InputJsonValue, measuredAt };
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
  return { ...total, measuredAt };
}
