/** Stores whose changes are carried from slot to slot, before a window, in it and behind its fence. */
import type { SlotName } from "../model.ts";
import type { Step, StepDetail } from "../plan.ts";
import { type Carried, type DataDriver, Refusal } from "../ports.ts";
import { type Facts, slotRef, type World } from "../world.ts";

type Site = { world: World; facts: Facts };
type Slots = { from: SlotName; to: SlotName };

export const AHEAD = "carry ahead";
export const CATCH_UP = "catch up";
export const carryBackName = ({ from, to }: Slots) => `carry back ${from} to ${to}`;

/** So that the window holds only what changes from here on. Nobody waits. */
export const ahead = (site: Site, slots: Slots): Step[] => prepare(site, slots, AHEAD, false);

/** Directly before the hold, so that next to nothing is left for it. */
export const aheadAgain = (site: Site, slots: Slots): Step[] => prepare(site, slots, `${AHEAD} again`, true);

function prepare({ world, facts }: Site, { from, to }: Slots, name: string, again: boolean): Step[] {
  if (!world.data.some((driver) => driver.prepare)) return [];
  return [
    {
      name,
      phase: "before",
      act: ({ token, signal, progress }) =>
        eachCarried(world.data, (driver) =>
          driver.prepare?.(slotRef(facts, from), slotRef(facts, to), {
            ...{ token, again, signal },
            onProgress: (data) => progress({ store: driver.name, ...data }),
          }),
        ),
    },
  ];
}

/** For a rollback: what live wrote since the swap, of the stores that lose nothing. The target stays fenced. */
export function carryBack({ world, facts }: Site, slots: Slots): Step[] {
  const drivers = world.data.filter(({ capabilities }) => capabilities.feedsBack);
  if (drivers.length === 0) return [];
  return [
    {
      name: carryBackName(slots),
      phase: "window",
      act: ({ token, signal, progress }) =>
        eachCarried(drivers, async (driver) => {
          const { rows, bytes, notes } = await driver.copy(
            slotRef(facts, slots.from),
            slotRef(facts, slots.to),
            { token, signal, onProgress: (data) => progress({ store: driver.name, ...data }) },
          );
          return { files: rows, bytes, removed: 0, leftOut: notes };
        }),
    },
  ];
}

/** Behind the durable fence. When this is done nothing that was acknowledged is on one side only. */
export function catchUp({ world, facts }: Site, { from, to }: Slots): Step[] {
  const drivers = world.data.filter((driver) => driver.catchUp);
  if (drivers.length === 0) return [];
  return [
    {
      name: CATCH_UP,
      phase: "window",
      guarded: true,
      act: async ({ token, signal }) => {
        const [source, target] = [slotRef(facts, from), slotRef(facts, to)];
        const carried = await eachCarried(drivers, (driver) =>
          driver.catchUp?.(source, target, { token, signal }),
        );
        const counts = (await Promise.all(drivers.map((driver) => driver.count(source, target)))).flat();
        const wrong = counts.find((count) => count.from !== count.to);
        if (wrong) {
          throw new Refusal(
            "counts-differ",
            `${wrong.table} has ${wrong.from} entries in ${from} and ${wrong.to} in ${to} after all was carried.`,
            "See which process writes to them, and try again.",
          );
        }
        return { ...carried, counts };
      },
    },
  ];
}

async function eachCarried(
  drivers: DataDriver[],
  act: (driver: DataDriver) => Promise<Carried> | undefined,
): Promise<StepDetail> {
  const total: Carried = { files: 0, bytes: 0, removed: 0, leftOut: [] };
  for (const driver of drivers) {
    const carried = await act(driver);
    if (!carried) continue;
    total.files += carried.files;
    total.bytes += carried.bytes;
    total.removed += carried.removed;
    total.leftOut.push(...carried.leftOut);
  }
  return { ...total };
}
