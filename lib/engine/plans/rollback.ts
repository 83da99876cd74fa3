/**
 * Back to the resting slot. Where it is fed, what was written since the swap is there already and nothing is lost.
 * Otherwise that stays behind, counted and kept, in the stores that are not fed back; from the others it is carried.
 */
import { otherSlot, type SlotName } from "../model.ts";
import type { Plan, Step } from "../plan.ts";
import { Refusal } from "../ports.ts";
import { type Facts, slotRef, type World } from "../world.ts";
import { carryBack } from "./carry.ts";
import { endFeeds } from "./feeding.ts";
import { unfence } from "./fencing.ts";
import { toPreview } from "./steps.ts";
import { switchPlan } from "./switch.ts";

export interface RollbackInput {
  /** More rows than that: abort. Undefined: however many. */
  acceptLoss?: number;
  /** Publishing a domain by hand to the resting slot is the same act. */
  addDomain?: string;
  /** Publishing by hand leaves a paused slot paused; a rollback ends the pause. */
  keepPaused?: boolean;
  /** Without the feed, which stands still or is gone: what it did not carry stays behind. */
  lossy?: boolean;
  /** Signalbox asked for it by itself, and why. */
  automatic?: string[];
}

export function rollbackPlan(world: World, facts: Facts, input: RollbackInput): Plan {
  const site = { world, facts };
  const old = otherSlot(facts.live!);
  const lossless = facts.slots[old].fed && input.lossy !== true;
  const staysPaused = input.keepPaused === true && facts.slots[old].paused;
  const plan = switchPlan({
    ...site,
    data: lossless ? "fed" : "left",
    staysPaused,
    behindFence: ({ from, to }) => [
      ...(lossless
        ? []
        : [...carryBack(site, { from, to }), countLoss(site, { base: to, current: from }, input.acceptLoss)]),
    ],
    change: ({ from, to }) => ({
      liveSlot: to,
      slots: {
        [to]: { dataState: "authoritative", fed: false, paused: staysPaused },
        [from]: { dataState: lossless ? "following" : "scratch", fed: lossless, paused: false },
      },
      ...(input.addDomain ? { addDomain: { host: input.addDomain, audience: "public" as const } } : {}),
      forgetWayBack: true,
    }),
    finally: ({ from }) => [
      ...(lossless ? [] : [...endFeeds(site, "after"), unfence(site, from)]),
      toPreview(site, from),
    ],
  });
  const { automatic = null } = input;
  return { ...plan, receipt: (recorded) => ({ ...plan.receipt?.(recorded), automatic }) };
}

/** Behind the fence, so the figure is the truth and the file holds every row. */
function countLoss(
  { world, facts }: { world: World; facts: Facts },
  slots: { base: SlotName; current: SlotName },
  acceptLoss: number | undefined,
): Step {
  return {
    name: "count what is lost",
    phase: "window",
    act: async ({ runId, signal }) => {
      const sink = await world.lostRows.open(facts.app, runId);
      const loss = { inserted: 0, changed: 0, deleted: 0, exact: true };
      try {
        for (const driver of world.data) {
          if (driver.capabilities.feedsBack) continue;
          const found = await driver.difference(slotRef(facts, slots.base), slotRef(facts, slots.current), {
            onRow: (row) => sink.write(row),
            signal,
          });
          loss.inserted += found.inserted;
          loss.changed += found.changed;
          loss.deleted += found.deleted;
          loss.exact &&= found.exact;
        }
      } finally {
        await sink.close();
      }
      const rows = loss.inserted + loss.changed + loss.deleted;
      if (acceptLoss !== undefined && rows > acceptLoss) {
        throw new Refusal(
          "loses-more",
          `Going back would lose ${rows} rows, and ${acceptLoss} were accepted.`,
          "Look at the new figure and roll back again if it is acceptable.",
        );
      }
      return { announced: facts.announcedLoss, ...loss, file: sink.file };
    },
    undo: ({ runId }) => world.lostRows.discard(facts.app, runId),
  };
}
