/**
 * A change of the live slot in place: a release, other variables, or another number of web processes. The way back is
 * the old release, and only until the commit; what its release command did to the live data stays.
 */
import type { SlotName } from "../model.ts";
import type { Plan, Step, StepContext } from "../plan.ts";
import { Refusal } from "../ports.ts";
import type { Source } from "../source.ts";
import { type Facts, type ReleaseFacts, releaseIn, type World } from "../world.ts";
import { deployPlan } from "./deploy.ts";
import { plainReceipt } from "./receipt.ts";
import { rollSteps } from "./roll.ts";
import { scalePlan } from "./scale.ts";
import * as steps from "./steps.ts";

export interface UpdateInput {
  source?: Source;
  webInstances?: number;
}

export function updatePlan(world: World, facts: Facts, input: UpdateInput): Plan {
  if (input.webInstances !== undefined) return scalePlan(world, facts, input.webInstances);
  const slot = facts.live!;
  const site = { world, facts };
  const old = releaseIn(facts, slot);
  if (!input.source) {
    const roll = rollSteps({ ...site, slot, old, next: () => old, workers: true });
    return {
      windowMs: 0,
      before: roll.before,
      change: () => ({}),
      after: [steps.route(site), ...roll.after],
      receipt: (recorded) => plainReceipt(recorded, { to: slot }),
    };
  }

  const deploy = deployPlan(world, facts, { slot, source: input.source });
  const taken = (name: string): Step => {
    const step = [...deploy.before, ...deploy.after].find((each) => each.name === name);
    if (!step) throw new Error(`A deploy has no step ${name}.`);
    return step;
  };
  const next = (context: StepContext) => context.detail("install")!.release as ReleaseFacts;
  const roll = rollSteps({ ...site, slot, old, next, workers: true });
  const releaseCommand = {
    ...taken("release command"),
    undo: async ({ detail, log }: StepContext) => {
      if (detail("release command")?.command === null) return;
      log(`The release command may have changed ${slot}'s data; that stays.`);
    },
  };
  return {
    windowMs: 0,
    before: [taken("install"), mayFollow(old, next), releaseCommand, ...roll.before],
    change: (context) => ({
      addRelease: deploy.change(context).addRelease,
      slots: { [slot]: { releaseId: next(context).id } },
    }),
    after: [steps.route(site), ...roll.after, taken("prune old releases")],
    receipt: (recorded) => {
      const release = recorded.find((step) => step.name === "install")?.detail?.release as
        | ReleaseFacts
        | undefined;
      const versions = { fromVersion: old.version, toVersion: release?.version ?? null };
      return plainReceipt(recorded, { to: slot as SlotName }, versions);
    },
  };
}

/** What a swap is refused for is refused here: a release that skips one. */
function mayFollow(old: ReleaseFacts, next: (context: StepContext) => ReleaseFacts): Step {
  return {
    name: "look at the release",
    phase: "before",
    act: async (context) => {
      const { version, manifest } = next(context);
      const { follows } = manifest;
      if (follows && version !== old.version && !follows.includes(old.version)) {
        throw new Refusal(
          "skips-release",
          `Release ${version} may follow ${follows.join(", ") || "nothing"}, and ${old.version} is live.`,
          "Update to a release between them first.",
        );
      }
      return undefined;
    },
  };
}
