/** A running app behind the gate: its process and its data stay where they are, as blue, and are live at once. */
import { idleSlot, otherSlot, SLOT_NAMES } from "../model.ts";
import type { Plan, StepContext } from "../plan.ts";
import type { FencingToken } from "../ports.ts";
import { type Facts, slotRef, type World } from "../world.ts";
import { externalRelease } from "./declare.ts";
import { provision } from "./init.ts";
import { plainReceipt } from "./receipt.ts";
import * as steps from "./steps.ts";

export interface AdoptInput {
  origin: string;
  version: string;
  healthPath: string;
}

export function adoptPlan(world: World, facts: Facts, input: AdoptInput): Plan {
  const slot = idleSlot(null);
  const site = { world, facts };
  const release = ({ runId }: StepContext) => externalRelease(runId, input);
  return {
    windowMs: 0,
    before: [
      { ...provision(world, facts), undo: ({ token }) => takeBack(world, facts, token) },
      {
        name: `${slot} healthy`,
        phase: "before",
        act: (context) => steps.healthy(site, slot, () => release(context)).act(context),
      },
    ],
    change: (context) => {
      const { id, version, dir, manifest } = release(context);
      return {
        addRelease: { id, version, dir, manifest, source: { kind: "external", version } },
        liveSlot: slot,
        slots: {
          [slot]: { releaseId: id, dataState: "authoritative" },
          [otherSlot(slot)]: { dataState: "scratch" },
        },
      };
    },
    after: [steps.route(site)],
    receipt: (recorded) => plainReceipt(recorded, { to: slot }, { toVersion: input.version }),
  };
}

/** As if it had never been asked for. */
async function takeBack(world: World, facts: Facts, token: FencingToken): Promise<void> {
  for (const driver of world.data) {
    for (const name of SLOT_NAMES) {
      for (const destroy of [false, true]) await driver.letGo?.(slotRef(facts, name), { token, destroy });
    }
  }
}
