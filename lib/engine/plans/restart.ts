import type { SlotName } from "../model.ts";
import type { Plan, Step } from "../plan.ts";
import { type Facts, releaseIn, slotRef, specOf, type World, webInstances, workersOf } from "../world.ts";
import { plainReceipt } from "./receipt.ts";
import { rollSteps } from "./roll.ts";
import * as steps from "./steps.ts";

export interface RestartInput {
  /** Names from the manifest; default: all that should run. */
  processes?: string[];
  /** For an app that can't run twice at once: visitors wait for the new process instead of being served by another. */
  hold?: boolean;
}

/** The live slot's web processes are replaced one by one; an idle slot's all at once. */
export function restartPlan(world: World, facts: Facts, slot: SlotName, input: RestartInput = {}): Plan {
  const site = { world, facts };
  const live = slot === facts.live;
  const release = releaseIn(facts, slot);
  const instances = webInstances(facts);
  const workers = live ? workersOf(release) : [];
  const named = (name: string) => !input.processes || input.processes.includes(name.split(".", 1)[0]!);
  const web = instances.filter(named);
  const processes = [...web, ...workers.filter(named)];
  const receipt: Plan["receipt"] = (recorded) => plainReceipt(recorded, { to: slot });

  if (live && web.length > 0 && !input.hold) {
    const roll = rollSteps({
      ...site,
      slot,
      old: release,
      next: () => release,
      workers: workers.some(named),
    });
    return { windowMs: 0, ...roll, change: () => ({}), receipt };
  }

  // Visitors need not wait for a worker.
  const holds = live && web.length > 0;
  const restart: Step = {
    name: `restart ${slot}`,
    phase: "window",
    act: async () => {
      const { stopGraceMs: graceMs } = facts.tuning;
      await world.runtime.stop(slotRef(facts, slot), { only: processes, graceMs });
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
    receipt,
  };
}
