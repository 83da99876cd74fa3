import { otherSlot } from "../model.ts";
import type { Plan } from "../plan.ts";
import type { Facts, World } from "../world.ts";
import { END_FEED, endFeeds } from "./feeding.ts";
import * as fencing from "./fencing.ts";
import { plainReceipt } from "./receipt.ts";
import * as steps from "./steps.ts";
import { detailOf } from "./together.ts";

/** The end of the way back: the old slot becomes the next idle slot, and its app may write again. */
export function finishPlan(world: World, facts: Facts): Plan {
  const old = otherSlot(facts.live!);
  return {
    windowMs: 0,
    before: [],
    change: () => ({ slots: { [old]: { dataState: "scratch", fed: false } }, forgetWayBack: true }),
    after: [
      ...endFeeds({ world, facts }, "after"),
      // With its server away the slot stays closed until it is back, and then is set right.
      ...(facts.slots[old].paused ? [] : [{ ...fencing.unfence({ world, facts }, old), bestEffort: true }]),
      steps.toPreview({ world, facts }, old),
    ],
    receipt: (recorded) =>
      plainReceipt(recorded, { to: old }, { notes: detailOf(recorded, END_FEED)?.notes ?? [] }),
  };
}
