/** Domains to slots. Publishing a public one to the other slot moves all of them, and fences the loser. */
import { otherSlot, type SlotName } from "../model.ts";
import { audienceOf } from "../permit.ts";
import type { Change, Plan, Step } from "../plan.ts";
import { type Facts, slotRef, type World } from "../world.ts";
import { carrySequences, settle, startFeeds, turnFeeds } from "./feeding.ts";
import * as fencing from "./fencing.ts";
import { rollbackPlan } from "./rollback.ts";
import * as steps from "./steps.ts";
import { swapPlan } from "./swap.ts";

export interface PublishInput {
  domain: string;
  slot: SlotName;
  audience?: "public" | "staging";
}

export function publishPlan(world: World, facts: Facts, input: PublishInput, domains: Domains): Plan {
  const { slot, domain } = input;
  const audience = audienceOf({ live: facts.live, domains }, input);
  const site = { world, facts };
  const moves = audience === "public" && facts.live !== null && facts.live !== slot;
  if (moves && facts.slots[slot].dataState === "resting") {
    return rollbackPlan(world, facts, { addDomain: domain, keepPaused: true });
  }
  const { fed } = facts.slots[slot];
  if (moves && fed && !facts.slots[facts.live!].paused) return swapPlan(world, facts, { addDomain: domain });

  const addDomain = { host: domain, audience };
  const base = { windowMs: facts.tuning.windowMs, after: [steps.route(site)] };
  if (audience === "staging" || facts.live === slot)
    return { ...base, before: [], change: () => ({ addDomain }) };

  const start = [steps.startWeb(site, slot, "live"), steps.healthy(site, slot)];
  if (facts.live === null) {
    return {
      ...base,
      before: start,
      change: () => ({ addDomain, liveSlot: slot, slots: { [slot]: { dataState: "authoritative" } } }),
      after: goLive(site, slot),
    };
  }

  // The slot holds what the paused live slot does: that one's gate is closed and its data fenced already.
  const loser = facts.live;
  const feeds = { there: { from: loser, to: slot }, back: { from: slot, to: loser } };
  const change: Change = {
    addDomain,
    liveSlot: slot,
    slots: { [slot]: { dataState: "authoritative", fed: false }, [loser]: { dataState: "resting", fed } },
    forgetWayBack: true,
  };
  return {
    ...base,
    before: [
      ...start,
      stillFenced(site, loser),
      ...(fed
        ? [settle(site, feeds.there), carrySequences(site, feeds.there), turnFeeds(site, feeds.there)]
        : []),
    ],
    change: () => change,
    after: [
      ...goLive(site, slot),
      steps.closeStreams(site, otherSlot(slot)),
      ...(fed ? [startFeeds(site, feeds.back)] : []),
    ],
  };
}

export type Domains = { host: string; audience: "public" | "staging" }[];

type Site = { world: World; facts: Facts };

const goLive = (site: Site, slot: SlotName): Step[] =>
  site.facts.slots[slot].paused
    ? [steps.route(site)]
    : [fencing.unfence(site, slot), steps.route(site), steps.startWorkers(site, slot)];

function stillFenced({ world, facts }: Site, slot: SlotName): Step {
  return {
    name: `${slot} still fenced`,
    phase: "before",
    act: async () => {
      for (const driver of world.data) {
        if (!(await driver.fenced(slotRef(facts, slot))))
          throw new Error(`${slot}'s ${driver.name} data is not fenced.`);
      }
      return undefined;
    },
  };
}

export function unpublishPlan(world: World, facts: Facts, input: { domain: string }): Plan {
  return {
    windowMs: 0,
    before: [],
    change: () => ({ removeDomain: input.domain }),
    after: [steps.route({ world, facts })],
  };
}
