import { otherSlot } from "../model.ts";
import type { Plan, Step } from "../plan.ts";
import { type Facts, releaseIn, slotRef, specOf, type World, webInstances } from "../world.ts";
import { endFeeds } from "./feeding.ts";
import * as fencing from "./fencing.ts";
import { lookBeforeSync } from "./preflight.ts";
import { plainReceipt } from "./receipt.ts";
import * as steps from "./steps.ts";
import { copyStep } from "./swap.ts";

export interface SyncInput {
  /** `snapshot`: one copy, which grows older. `stream`: the stores that can be are kept up from then on. */
  mode?: "snapshot" | "stream";
  /** Stops the idle slot's processes for it, so that no session of theirs can stand in its way. */
  force?: boolean;
}

/** A full copy, live to idle. Exact as long as it is fed or live is paused. */
export function syncPlan(world: World, facts: Facts, { mode = "snapshot", force = false }: SyncInput): Plan {
  const from = facts.live!;
  const to = otherSlot(from);
  const site = { world, facts };
  const fed = mode === "stream" && world.data.some(({ feeds }) => feeds);
  const exact = fed || facts.slots[from].paused;
  const copyName = `copy ${from} to ${to}`;

  const preflight: Step = {
    name: "preflight",
    phase: "before",
    act: async () => {
      const findings = await lookBeforeSync(world, facts, { from, to, fed });
      steps.refuseOn(findings);
      return { warnings: findings };
    },
  };

  const idle = releaseIn(facts, to);
  const startIdle = async () =>
    world.runtime.start(await specOf(world, facts, to, idle), webInstances(facts));
  const stopIdle: Step = {
    name: `stop ${to}`,
    phase: "before",
    act: async () =>
      void (await world.runtime.stop(slotRef(facts, to), { graceMs: facts.tuning.stopGraceMs })),
    undo: startIdle,
  };
  const startAgain: Step = { name: `start ${to}`, phase: "after", act: async () => void (await startIdle()) };

  return {
    windowMs: 0,
    before: [
      preflight,
      ...(force ? [stopIdle] : []),
      ...(fed ? [] : endFeeds(site, "before")),
      copyStep(site, from, to, "before", world.data, fed),
    ],
    change: () => ({
      slots: { [to]: { dataState: exact ? "following" : "scratch", fed, synced: true } },
    }),
    after: [
      ...(exact || facts.slots[to].paused ? [] : [fencing.unfence(site, to)]),
      ...(force ? [startAgain] : []),
    ],
    receipt: (recorded) => {
      const copied = recorded.find((step) => step.name === copyName)?.detail;
      return plainReceipt(
        recorded,
        { from, to },
        {
          dataBytes: copied?.bytes ?? null,
          dataRows: copied?.rows ?? null,
          notes: copied?.notes ?? [],
        },
      );
    },
  };
}
