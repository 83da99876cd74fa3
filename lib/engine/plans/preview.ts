/**
 * Testers on a throw-away copy of the idle data. What they write stays in the copy: the slot's own data is what goes
 * live, and every run that needs the slot begins by moving its processes back onto it.
 */
import { idleSlot, type SlotName, type Verb } from "../model.ts";
import { audienceOf } from "../permit.ts";
import type { Plan, Step } from "../plan.ts";
import { type CloneReport, Refusal } from "../ports.ts";
import { type Facts, releaseIn, slotRef, specOf, type World, webInstances } from "../world.ts";
import type { Domains } from "./publish.ts";
import { plainReceipt } from "./receipt.ts";
import * as steps from "./steps.ts";

export interface PreviewInput {
  /** No copy any more: testers see the slot's own data again. */
  end?: boolean;
}

type Site = { world: World; facts: Facts };

export function previewPlan(world: World, facts: Facts, { end = false }: PreviewInput): Plan {
  const slot = idleSlot(facts.live);
  const nothing: Plan = { windowMs: 0, before: [], change: () => ({}), after: [] };
  if (end) return facts.slots[slot].preview ? leavingPreview({ world, facts }, slot, nothing) : nothing;
  return makePreview({ world, facts }, slot);
}

function makePreview(site: Site, slot: SlotName): Plan {
  const { world, facts } = site;
  const ref = slotRef(facts, slot);
  const had = facts.slots[slot].preview === true;
  const onCopy: Site = { world, facts: withPreview(facts, slot, true) };
  const copyName = `copy ${slot} for testers`;
  const graceMs = facts.tuning.stopGraceMs;
  const stopWeb = () => world.runtime.stop(ref, { only: webInstances(facts), graceMs });

  const preflight: Step = {
    name: "preflight",
    phase: "before",
    act: async () => {
      const without = world.data.filter(({ clones }) => !clones).map(({ name }) => name);
      if (without.length > 0) {
        throw new Refusal(
          "no-clone",
          `There is no way to make a throw-away copy of ${without.join(", ")} data.`,
          "Let testers use the slot's own data: deploy to it, and they may write until the next sync.",
        );
      }
      const findings = (await Promise.all(world.data.map(({ clones }) => clones!.preflight(ref)))).flat();
      steps.refuseOn(findings);
      return { warnings: findings };
    },
  };
  // They would lose their connections in the middle of something.
  const stop: Step = {
    name: `stop ${slot}`,
    phase: "before",
    act: async () => void (await stopWeb()),
    undo: () => startWeb(site, slot),
  };
  const copy: Step = {
    name: copyName,
    phase: "before",
    act: async ({ token, signal }) => {
      const made: CloneReport[] = [];
      for (const driver of world.data) made.push(await driver.clones!.make(ref, { token, signal }));
      const at = Math.min(...made.map((report) => report.at.getTime()), Date.now());
      return {
        at: new Date(at).toISOString(),
        bytes: made.reduce((sum, report) => sum + report.bytes, 0),
        notes: made.flatMap((report) => report.notes),
      };
    },
    // An earlier copy is as it was, or has been replaced by a whole one.
    ...(had ? {} : { undo: ({ token }) => drop(site, slot, token) }),
  };
  const start: Step = {
    name: `start ${slot} on the copy`,
    phase: "before",
    act: async () => {
      // The same address, and another copy behind it.
      if (had) await stopWeb();
      await startWeb(onCopy, slot);
      return undefined;
    },
    undo: () => startWeb(site, slot),
  };
  return {
    windowMs: 0,
    before: [preflight, ...(had ? [] : [stop]), copy, start, steps.healthy(site, slot)],
    change: (context) => {
      const { at, bytes } = context.detail(copyName) as { at: string; bytes: number };
      return { slots: { [slot]: { preview: { at: new Date(at), bytes } } } };
    },
    after: [],
    receipt: (recorded) => {
      const made = recorded.find(({ name }) => name === copyName)?.detail;
      const notes = (made?.notes as string[] | undefined) ?? [];
      return plainReceipt(recorded, { to: slot }, { dataBytes: made?.bytes ?? null, notes });
    },
  };
}

/** Verbs that leave the idle slot alone, or treat it as it is. */
const KEEPS_PREVIEW: Verb[] = [
  "init",
  "adopt",
  "preview",
  "restart",
  "update",
  "unpublish",
  "resume",
  "maintenance",
  "remove",
];

/** The slot whose preview has to end for this run; null: none. */
export function previewToLeave(
  verb: Verb,
  facts: Facts & { domains: Domains },
  input: Record<string, unknown>,
): SlotName | null {
  const slot = idleSlot(facts.live);
  if (!facts.slots[slot].preview || KEEPS_PREVIEW.includes(verb)) return null;
  if (verb === "pause" && input.slot !== slot) return null;
  if (verb !== "publish") return slot;
  const audience = audienceOf({ live: facts.live, domains: facts.domains }, input);
  return audience === "public" && input.slot === slot ? slot : null;
}

/**
 * The plan with a way out of the preview in front of it: the slot's processes go back onto its own data before
 * anything else is done with it, and the copy goes once that is for good. `plan` must be made from `onOwnData`.
 */
export function leavingPreview(site: Site, slot: SlotName, plan: Plan, scope?: "live"): Plan {
  const own: Site = { world: site.world, facts: onOwnData(site.facts, slot) };
  const leave: Step = {
    name: `move ${slot} back to its own data`,
    phase: "before",
    act: () => startWeb(own, slot, scope),
    undo: () => startWeb(site, slot),
  };
  const at = firstAbout(slot, plan);
  return {
    ...plan,
    before: [...plan.before.slice(0, at), leave, ...plan.before.slice(at)],
    change: (context) => {
      const change = plan.change(context);
      const changed = { ...change.slots?.[slot], preview: null };
      return { ...change, slots: { ...change.slots, [slot]: changed } };
    },
    after: [...plan.after, dropCopy(site, slot)],
  };
}

/** As late as can be: a refusal, or a long build, leaves testers where they are. */
function firstAbout(slot: SlotName, { before }: Plan): number {
  const at = before.findIndex(({ name }) => name === `stop ${slot}` || name === `start ${slot}`);
  return at === -1 ? before.findIndex(({ name }) => name === "preflight") + 1 : at;
}

export function dropCopy(site: Site, slot: SlotName): Step {
  return {
    name: "delete the testers' copy",
    phase: "after",
    bestEffort: true,
    act: async ({ token }) => {
      await drop(site, slot, token);
      return undefined;
    },
  };
}

/** What plans are built from that have left the preview. */
export const onOwnData = <F extends Facts>(facts: F, slot: SlotName): F => withPreview(facts, slot, false);

const withPreview = <F extends Facts>(facts: F, slot: SlotName, preview: boolean): F => ({
  ...facts,
  slots: { ...facts.slots, [slot]: { ...facts.slots[slot], preview } },
});

async function drop({ world, facts }: Site, slot: SlotName, token: number): Promise<void> {
  for (const driver of world.data) await driver.clones?.drop(slotRef(facts, slot), { token });
}

async function startWeb({ world, facts }: Site, slot: SlotName, scope?: "live"): Promise<undefined> {
  const spec = await specOf(world, facts, slot, releaseIn(facts, slot), { scope });
  await world.runtime.start(spec, webInstances(facts));
}
