import type { SlotName } from "../model.ts";
import type { Change, Plan } from "../plan.ts";
import type { Facts, World } from "../world.ts";
import { endFeeds } from "./feeding.ts";
import * as fencing from "./fencing.ts";
import * as steps from "./steps.ts";

/** No traffic, no workers, no writes. Pausing the live slot closes its gate, after what is running has ended. */
export function pausePlan(world: World, facts: Facts, slot: SlotName): Plan {
  const site = { world, facts };
  const fence = fencing.fenceSteps(site, slot);
  const live = slot === facts.live;
  return {
    windowMs: facts.tuning.windowMs,
    before: [
      ...(live ? [steps.stopWorkers(site, slot)] : []),
      steps.hold(site),
      steps.drain(site),
      fence.fence,
      fence.makeDurable,
    ],
    ready: (context) => fencing.readyToCommit(site, fence, context),
    change: () => ({ slots: { [slot]: { paused: true } } }),
    after: [steps.route(site), steps.release(site)],
  };
}

/**
 * Back to the state that the slot had. Resuming the former live slot makes it idle and gives up the way back;
 * resuming live ends what an exact copy of it was good for.
 */
export function resumePlan(world: World, facts: Facts, slot: SlotName): Plan {
  const site = { world, facts };
  const live = slot === facts.live;
  const other = slot === "blue" ? "green" : "blue";
  const change: Change = { slots: { [slot]: { paused: false } } };
  // A feed keeps it exact.
  const outdated = live && facts.slots[other].dataState === "following" && !facts.slots[other].fed;
  if (outdated) change.slots![other] = { dataState: "scratch" };
  const ends = !live && facts.slots[slot].dataState === "resting";
  if (ends) {
    change.slots![slot] = { paused: false, dataState: "scratch", fed: false };
    change.forgetWayBack = true;
  }
  const staysFenced = !live && facts.slots[slot].dataState === "following";
  return {
    windowMs: 0,
    before: facts.slots[slot].release ? [steps.startWeb(site, slot), steps.healthy(site, slot)] : [],
    change: () => change,
    after: [
      ...(ends ? endFeeds(site, "after") : []),
      ...(staysFenced ? [] : [fencing.unfence(site, slot)]),
      ...(outdated && !facts.slots[other].paused ? [fencing.unfence(site, other)] : []),
      ...(live ? [steps.startWorkers(site, slot)] : []),
      steps.route(site),
      ...(ends ? [steps.toPreview(site, slot)] : []),
    ],
  };
}
