/** Another number of web processes, in both slots: more are started before the route reaches them, fewer drained after. */
import { SLOT_NAMES, type SlotName } from "../model.ts";
import type { Plan, StepContext } from "../plan.ts";
import { messageOf } from "../retry.ts";
import { type Facts, instanceNames, releaseIn, slotRef, specOf, type World, webInstances } from "../world.ts";
import { plainReceipt } from "./receipt.ts";
import { sendHome } from "./roll.ts";
import * as steps from "./steps.ts";

export function scalePlan(world: World, facts: Facts, count: number): Plan {
  const site = { world, facts };
  const scaled: Facts = { ...facts, tuning: { ...facts.tuning, webInstances: count } };
  const has = webInstances(facts);
  const wants = instanceNames(count);
  const more = wants.filter((name) => !has.includes(name));
  const fewer = has.filter((name) => !wants.includes(name));
  const slots = SLOT_NAMES.filter((slot) => facts.slots[slot].release !== null);
  const { healthGoodAnswers: goodAnswers, healthTimeoutMs: timeoutMs, stopGraceMs: graceMs } = facts.tuning;

  const startMore = async (slot: SlotName, { signal, log }: StepContext) => {
    const release = releaseIn(facts, slot);
    const spec = await specOf(world, scaled, slot, release);
    await world.runtime.start(spec, more);
    const { path } = release.manifest.health;
    const answer = Promise.all(
      more.map((process) => world.runtime.healthy(spec, { process, path, goodAnswers, timeoutMs, signal })),
    );
    // Testers' slot may be in any state; visitors' must be well.
    if (slot === facts.live) await answer;
    else await answer.catch((error) => log(`${slot}: ${messageOf(error)}`));
    return { started: more };
  };

  return {
    windowMs: 0,
    before:
      more.length === 0
        ? []
        : slots.map((slot) => ({
            name: `start ${more.join(", ")} in ${slot}`,
            phase: "before",
            act: (context) => startMore(slot, context),
            undo: () => world.runtime.stop(slotRef(facts, slot), { only: more, graceMs }),
          })),
    change: () => ({ settings: { webInstances: count } }),
    after: [
      steps.route(site),
      ...(fewer.length === 0
        ? []
        : slots.map((slot) => ({
            name: `retire ${fewer.join(", ")} in ${slot}`,
            phase: "after" as const,
            act: async (context: StepContext) => void (await sendHome({ ...site, slot }, context, fewer)),
          }))),
    ],
    receipt: (recorded) => plainReceipt(recorded, {}, { notes: [`${count} web processes per slot.`] }),
  };
}
