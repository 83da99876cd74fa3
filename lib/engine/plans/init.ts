import { SLOT_NAMES } from "../model.ts";
import type { Plan, Step } from "../plan.ts";
import { type Facts, slotRef, type World } from "../world.ts";
import * as steps from "./steps.ts";

/** Gives both slots their own stores. What is there already stays as it is. */
export function initPlan(world: World, facts: Facts): Plan {
  return {
    windowMs: 0,
    before: [provision(world, facts)],
    change: () => ({
      slots: Object.fromEntries(
        SLOT_NAMES.filter((slot) => facts.slots[slot].dataState === "empty").map((slot) => [
          slot,
          { dataState: "scratch" },
        ]),
      ),
    }),
    after: [steps.route({ world, facts })],
  };
}

export function provision(world: World, facts: Facts): Step {
  return {
    name: "provision data",
    phase: "before",
    act: async () => {
      for (const driver of world.data)
        for (const slot of SLOT_NAMES) await driver.provision(slotRef(facts, slot));
      return { stores: world.data.map((driver) => driver.name) };
    },
  };
}
