import { idleSlot, type SlotName, type Verb } from "../model.ts";
import type { Plan } from "../plan.ts";
import type { Facts, World } from "../world.ts";
import { type AdoptInput, adoptPlan } from "./adopt.ts";
import { type Declaration, declarePlan } from "./declare.ts";
import { type DeployInput, deployPlan } from "./deploy.ts";
import { finishPlan } from "./finish.ts";
import { initPlan } from "./init.ts";
import { pausePlan, resumePlan } from "./pause.ts";
import { leavingPreview, onOwnData, type PreviewInput, previewPlan, previewToLeave } from "./preview.ts";
import { type Domains, type PublishInput, publishPlan, unpublishPlan } from "./publish.ts";
import { removePlan } from "./remove.ts";
import { type RestartInput, restartPlan } from "./restart.ts";
import { type RollbackInput, rollbackPlan } from "./rollback.ts";
import { swapPlan } from "./swap.ts";
import { type SyncInput, syncPlan } from "./sync.ts";
import { type UpdateInput, updatePlan } from "./update.ts";

/** The plan of a run. The same facts and input give the same steps, which is what lets a recovered run go on. */
export function planFor(
  verb: Verb,
  world: World,
  facts: Facts & { domains: Domains },
  input: Record<string, unknown>,
): Plan {
  const previewed = previewToLeave(verb, facts, input);
  if (previewed === null) return planOf(verb, world, facts, input);
  const plan = planOf(verb, world, onOwnData(facts, previewed), input);
  return leavingPreview({ world, facts }, previewed, plan, GO_LIVE.includes(verb) ? "live" : undefined);
}

/** Begun with live's variables: the slot's processes need not be started twice. */
const GO_LIVE: Verb[] = ["swap", "rollback", "publish"];

function planOf(
  verb: Verb,
  world: World,
  facts: Facts & { domains: Domains },
  input: Record<string, unknown>,
): Plan {
  const slot = (input.slot as SlotName | undefined) ?? facts.live ?? idleSlot(facts.live);
  switch (verb) {
    case "init":
      return initPlan(world, facts);
    case "adopt":
      return adoptPlan(world, facts, input as unknown as AdoptInput);
    case "remove":
      return removePlan(world, facts, { deleteData: input.deleteData === true });
    case "deploy":
      return isDeclared(input)
        ? declarePlan(world, facts, input as unknown as Declaration)
        : deployPlan(world, facts, input as unknown as DeployInput);
    case "sync":
      return syncPlan(world, facts, input as SyncInput);
    case "preview":
      return previewPlan(world, facts, input as PreviewInput);
    case "restart":
      return restartPlan(world, facts, slot, input as RestartInput);
    case "update":
      return updatePlan(world, facts, input as UpdateInput);
    case "publish":
      return publishPlan(world, facts, input as unknown as PublishInput, facts.domains);
    case "unpublish":
      return unpublishPlan(world, facts, input as unknown as { domain: string });
    case "pause":
      return pausePlan(world, facts, slot);
    case "resume":
      return resumePlan(world, facts, slot);
    case "swap":
      return swapPlan(world, facts, { force: input.force === true });
    case "rollback":
      return rollbackPlan(world, facts, input as RollbackInput);
    case "finish":
      return finishPlan(world, facts);
    case "maintenance":
      throw new Error("Maintenance acts on the lock file directly; it is no plan.");
  }
}

const isDeclared = (input: Record<string, unknown>): boolean =>
  (input.source as { kind?: unknown } | undefined)?.kind === "external";
