/** A release that nothing is installed for: somebody else runs it in the slot already, and says so. */
import { idleSlot, otherSlot, type SlotName } from "../model.ts";
import type { Plan, Step, StepContext } from "../plan.ts";
import { Refusal } from "../ports.ts";
import type { Source } from "../source.ts";
import { type Facts, type ReleaseFacts, slotRef, type World } from "../world.ts";
import * as fencing from "./fencing.ts";
import { provision } from "./init.ts";
import { plainReceipt } from "./receipt.ts";
import * as steps from "./steps.ts";

export interface Declaration {
  slot?: SlotName;
  source: Extract<Source, { kind: "external" }>;
}

/** The slot keeps what it had unless the version answers well at its address. */
export function declarePlan(world: World, facts: Facts, { slot: wanted, source }: Declaration): Plan {
  const slot = wanted ?? idleSlot(facts.live);
  const site = { world, facts };
  const ref = slotRef(facts, slot);
  const old = facts.slots[slot].release;
  const declared = (context: StepContext) => context.detail("declare")!.release as ReleaseFacts;

  const declare: Step = {
    name: "declare",
    phase: "before",
    act: async ({ runId }) => ({ release: await declaredRelease(world, facts, slot, runId, source) }),
  };
  const healthy: Step = {
    name: `${slot} healthy`,
    phase: "before",
    act: (context) => steps.healthy(site, slot, () => declared(context)).act(context),
  };
  // Its own people ran its migrations as the owner, whose door closes here.
  const grants: Step = {
    name: "grants",
    phase: "before",
    act: async () => {
      for (const driver of world.data) await driver.afterRelease(ref);
      return undefined;
    },
  };

  return {
    windowMs: 0,
    before: [provision(world, facts), declare, grants, healthy],
    ready: async () => {
      if (slot === facts.live)
        throw new Refusal("slot-is-live", `${slot} is live.`, "Deploy to the idle slot.");
    },
    change: (context) => {
      const { id, version, dir, manifest } = declared(context);
      return {
        addRelease: { id, version, dir, manifest, source: { kind: "external", version } },
        origins: { [slot]: dir },
        slots: { [slot]: { releaseId: id, dataState: "scratch" } },
      };
    },
    after: [fencing.unfence(site, slot), steps.route(site)],
    receipt: (recorded) =>
      plainReceipt(recorded, { to: slot }, { fromVersion: old?.version ?? null, toVersion: source.version }),
  };
}

async function declaredRelease(
  world: World,
  facts: Facts,
  slot: SlotName,
  id: string,
  { version, healthPath, origin: named }: Declaration["source"],
): Promise<ReleaseFacts> {
  if (world.runtime.capabilities.processes) {
    throw new Refusal(
      "not-external",
      `${facts.app} is started by Signalbox, so its releases are files.`,
      "Deploy a folder, an archive or a repository.",
    );
  }
  const other = facts.slots[otherSlot(slot)].release;
  const origin = named ?? (await originOf(world, facts, slot));
  if (origin === undefined) {
    throw new Refusal(
      "origin-unknown",
      `Nobody said yet where ${slot} answers.`,
      "Name it: --origin http://127.0.0.1:<port of the new version>.",
    );
  }
  if (other?.dir === origin) {
    throw new Refusal(
      "origin-of-other-slot",
      `${origin} is where the other slot answers.`,
      "Start the new version beside it, on another port, and name that with --origin.",
    );
  }
  const health = healthPath ?? facts.slots[slot].release?.manifest.health.path ?? other?.manifest.health.path;
  return externalRelease(id, { version, origin, healthPath: health ?? "/" });
}

/** Where the slot answers as the routes have it, which is also said before anything was deployed to it. */
async function originOf(world: World, facts: Facts, slot: SlotName): Promise<string | undefined> {
  const known = facts.slots[slot].release?.dir;
  if (known) return known;
  return world.runtime.originOf?.(slotRef(facts, slot));
}

export function externalRelease(
  id: string,
  { origin, version, healthPath }: { origin: string; version: string; healthPath: string },
): ReleaseFacts {
  const manifest = { version, processes: { web: "started elsewhere" }, health: { path: healthPath } };
  return { id, version, dir: origin, manifest };
}
