/** What a verb's button would ask for when nothing more is said. */
import { idleSlot, type Verb } from "#lib/engine/model.ts";
import type { AppState, PermitInput } from "#lib/engine/permit.ts";

export function defaultInput(verb: Verb, state: AppState): PermitInput {
  if (verb === "unpublish") return { domain: state.domains[0]?.host };
  if (verb === "resume") {
    const order = [state.live, "blue", "green"] as const;
    return { slot: order.find((slot) => slot !== null && state.slots[slot].paused) ?? undefined };
  }
  if (verb === "publish") return { slot: idleSlot(state.live) };
  return {};
}
