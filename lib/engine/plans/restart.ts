import type { SlotName } from "../model.ts";
import type { Plan, Step } from "../plan.ts";
import { type Facts, releaseIn, slotRef, specOf, type World, webInstances, workersOf } from "../world.ts";
import * as steps from "./steps.ts";

/** The live slot restarts under the hold: visitors wait for the new process instead of meeting none. */
export function restartPlan(world: World, facts: Facts, slot: SlotName, only?: string[]): Plan {
  const site = { world, facts };
  const live = slot === facts.live;
  const release = releaseIn(facts, slot);
  const running = [...webInstances(facts), ...(live ? workersOf(release) : [])];
  const processes = only ? running.filter((name) => only.includes(name.split(".", 1)[0]!)) : running;
  // Visitors need not wait for a worker.
  const holds = live && processes.some((name) => webInstances(facts).includes(name));

  const restart: Step = {
    name: `restart ${slot}`,
    phase: "window",
    act: async () => {
      await world.runtime.stop(slotRef(facts, slot), {
        only: processes,
        graceMs: facts.tuning.stopGraceMs,
      });
      await world.runtime.start(await specOf(world, facts, slot, release), processes);
      return { processes };
    },
    undo: async () => world.runtime.start(await specOf(world, facts, slot, release), processes),
  };

  return {
    windowMs: facts.tuning.windowMs + facts.tuning.stopGraceMs,
    before: [
      ...(holds ? [steps.hold(site), steps.drain(site)] : []),
      restart,
      { ...steps.healthy(site, slot), phase: "window" },
    ],
    change: () => ({}),
    after: holds ? [steps.release(site)] : [],
  };
}
