/** What a swap and a rollback share: the window around whatever happens to the data, the commit, the way out. */
import { otherSlot, type SlotName } from "../model.ts";
import type { Change, Plan, Step } from "../plan.ts";
import type { Facts, World } from "../world.ts";
import * as carrying from "./carry.ts";
import * as feeding from "./feeding.ts";
import * as fencing from "./fencing.ts";
import { lookBeforeSwitch } from "./preflight.ts";
import { switchReceipt } from "./receipt.ts";
import * as steps from "./steps.ts";
import { together } from "./together.ts";
import { compareContents, glance } from "./verify.ts";
import { warm, warmWide } from "./warm.ts";

export interface Switching {
  world: World;
  facts: Facts;
  /** How the target comes by what live wrote: by a full copy, by its feed, or not at all. */
  data: "copied" | "fed" | "left";
  /** Whether what is fed is compared row for row before the window, and whether a difference is overruled. */
  compare?: "strictly" | "forced";
  /** Done behind the fence, before the feeds are turned and it becomes durable. */
  behindFence(slots: { from: SlotName; to: SlotName }): Step[];
  change(slots: { from: SlotName; to: SlotName }): Change;
  /** The target is paused and stays so: routed to, but fenced and without workers. */
  staysPaused?: boolean;
  /** When visitors are served again. */
  finally?(slots: { from: SlotName; to: SlotName }): Step[];
}

const CLOSE = "settle and turn the feed";

/** Makes the slot live that is not. */
export function switchPlan(switching: Switching): Plan {
  const { world, facts, staysPaused = false } = switching;
  const from = facts.live!;
  const slots = { from, to: otherSlot(from) };
  const { to } = slots;
  const fence = fencing.fenceSteps(switching, from);
  const fed = switching.data === "fed";
  const back = { from: to, to: from };
  const check = glance(switching, slots);
  const catchUp = carrying.catchUp(switching, slots);
  const behind = switching.behindFence(slots);
  const settle = fed ? [feeding.settle(switching, slots)] : [];
  // What is done behind the fence needs all that was acknowledged; without such a step it is waited for beside the rest.
  const [first, beside] = behind.length > 0 ? [settle, []] : [[], settle];

  const preflight: Step = {
    name: "preflight",
    phase: "before",
    act: async ({ token }) => {
      const findings = await lookBeforeSwitch(world, facts, { ...slots, data: switching.data, token });
      steps.refuseOn(findings);
      return { warnings: findings };
    },
  };

  return {
    windowMs: facts.tuning.windowMs,
    before: [
      preflight,
      steps.startWeb(switching, to, "live"),
      steps.healthy(switching, to),
      ...warm(switching, to),
      ...carrying.ahead(switching, slots),
      ...(fed && switching.compare
        ? [compareContents(switching, slots, switching.compare === "forced")]
        : []),
      ...(fed ? [check.ready] : []),
      steps.stopWorkers(switching, from),
      ...(fed
        ? [
            together(world.clock, "ready to switch", [
              feeding.comeClose(switching, slots),
              fence.ready,
              ...carrying.aheadAgain(switching, slots),
              ...warmWide(switching, to),
            ]),
          ]
        : []),
      steps.hold(switching, { readsGoOn: true }),
      steps.drain(switching, { readsGoOn: true }),
      fence.fence,
      ...first,
      ...behind,
      ...(fed
        ? [
            together(world.clock, CLOSE, [
              [
                ...beside,
                together(world.clock, "verify and turn", [
                  check.look,
                  feeding.turnFeeds(switching, slots),
                  [...fence.makeDurableOf(true), feeding.carrySequences(switching, slots)],
                ]),
              ],
              [...fence.makeDurableOf(false), ...catchUp],
            ]),
          ]
        : [fence.makeDurable, ...catchUp]),
    ],
    ready: (context) => fencing.readyToCommit(switching, fence, context),
    change: () => switching.change(slots),
    after: [
      staysPaused
        ? steps.route(switching)
        : together(world.clock, `unfence ${to} and route`, [
            fencing.unfence(switching, to),
            steps.route(switching),
          ]),
      steps.release(switching),
      steps.visitorsFirst(switching),
      steps.closeStreams(switching, from),
      ...(fed ? [feeding.startFeeds(switching, back)] : []),
      ...(staysPaused ? [] : [steps.startWorkers(switching, to)]),
      ...(switching.finally?.(slots) ?? []),
    ],
    receipt: (recorded) => switchReceipt(facts, recorded, slots),
  };
}
