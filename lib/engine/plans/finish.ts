import { otherSlot } from "../model.ts";
import type { Plan } from "../plan.ts";
import type { Facts, World } from "../world.ts";
import { endFeeds } from "./feeding.ts";
import * as fencing from "./fencing.ts";
import * as steps from "./steps.ts";

/** The end of the way back: the old slot becomes the next idle slot, and its app may write again. */
export function finishPlan(world: World, facts: Facts): Plan {
  const old = otherSlot(facts.live!);
  return {
    windowMs: 0,
    before: [],
    change: () => ({ slots: { [old]: { dataState: "scratch", fed: false } }, forgetWayBack: true }),
    after: [
      ...endFeeds({ world, facts }, "after"),
      ...(facts.slots[old].paused ? [] : [fencing.unfence({ world, facts }, old)]),
      steps.toPreview({ world, facts }, old),
    ],
  };
}
