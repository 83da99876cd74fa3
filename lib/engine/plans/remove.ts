/** The end of an app in Signalbox. One that was adopted goes on as it was before; one that was made is stopped. */
import { SLOT_NAMES } from "../model.ts";
import type { Plan, Step } from "../plan.ts";
import { type Facts, slotRef, type World } from "../world.ts";
import { endFeeds } from "./feeding.ts";
import { dropCopy } from "./preview.ts";
import { plainReceipt } from "./receipt.ts";
import * as steps from "./steps.ts";

export interface RemoveInput {
  /** Deletes the databases that Signalbox made. Never one that was there before. */
  deleteData: boolean;
}

export function removePlan(world: World, facts: Facts, { deleteData }: RemoveInput): Plan {
  const site = { world, facts };
  const { processes, install } = world.runtime.capabilities;

  // Before the commit, so that a database that is away refuses the removal instead of blocking it half done.
  const giveBack: Step = {
    name: "give the data back",
    phase: "before",
    act: async ({ token }) => {
      const notes: string[] = [];
      for (const driver of world.data) {
        for (const slot of SLOT_NAMES)
          notes.push(...((await driver.letGo?.(slotRef(facts, slot), { token, destroy: false })) ?? []));
      }
      return { notes };
    },
    undo: async () => {
      for (const driver of world.data)
        for (const slot of SLOT_NAMES) await driver.provision(slotRef(facts, slot));
    },
  };
  const stop: Step = {
    name: "stop processes",
    phase: "after",
    act: async () => {
      for (const slot of SLOT_NAMES)
        await world.runtime.stop(slotRef(facts, slot), { graceMs: facts.tuning.stopGraceMs });
      return undefined;
    },
  };
  const uninstall: Step = {
    name: "delete releases",
    phase: "after",
    bestEffort: true,
    act: async () => {
      for (const { id } of facts.releases) await world.runtime.uninstall(facts.app, id);
      await world.sources.forget(facts.app);
      const count = facts.releases.length;
      return { notes: [count === 1 ? "1 release was deleted." : `${count} releases were deleted.`] };
    },
  };
  const destroy: Step = {
    name: "delete data",
    phase: "after",
    bestEffort: true,
    act: async ({ token }) => {
      // Somebody else's processes go on with it.
      const kept = processes ? null : facts.live;
      const notes = kept === null ? [] : [`Nothing of ${kept} was deleted: it holds the live data.`];
      for (const driver of world.data) {
        for (const slot of SLOT_NAMES) {
          if (slot === kept) continue;
          notes.push(...((await driver.letGo?.(slotRef(facts, slot), { token, destroy: true })) ?? []));
        }
      }
      return { notes };
    },
  };
  const forget: Step = {
    name: "forget the app",
    phase: "after",
    act: async ({ runId }) => void (await world.forget(runId)),
  };

  return {
    windowMs: 0,
    before: [...endFeeds(site, "before"), giveBack],
    change: () => ({ removeDomains: true, forgetWayBack: true }),
    after: [
      steps.route(site),
      ...(processes ? [stop] : []),
      ...SLOT_NAMES.filter((slot) => facts.slots[slot].preview).map((slot) => dropCopy(site, slot)),
      ...(install ? [uninstall] : []),
      ...(deleteData ? [destroy] : []),
      forget,
    ],
    receipt: (recorded) =>
      plainReceipt(
        recorded,
        {},
        {
          notes: [
            ...recorded.flatMap((step) => (step.detail?.notes as string[] | undefined) ?? []),
            ...(processes ? [] : ["The processes were left running: Signalbox did not start them."]),
          ],
        },
      ),
  };
}
