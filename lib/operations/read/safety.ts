/** Is it safe to swap, is it safe to go back: what can be told without asking the engine to look. Pure. */
import { type Finding, otherSlot, type SlotName } from "#lib/engine/model.ts";
import { type AppState, permit } from "#lib/engine/permit.ts";
import type { GateView, RunSummary, Safety, WayBackView } from "../views.ts";
import { defaultInput } from "./default-input.ts";
import { feedTrouble } from "./feed-trouble.ts";
import type { ObservedSlot } from "./observed-slot.ts";

export interface Surroundings {
  activeRun: RunSummary | null;
  gate: GateView;
  gatewaySilent: boolean;
  engineSilent: boolean;
  observed: Record<SlotName, ObservedSlot | null>;
  /** What going back would leave behind, as last measured. */
  wayBack: WayBackView | null;
  /** Epoch milliseconds. */
  now: number;
}

export function safety(verb: "swap" | "rollback", state: AppState, around: Surroundings): Safety {
  const reasons = [...permit(verb, state, defaultInput(verb, state)), ...outside(around)];
  if (around.activeRun) reasons.unshift(busyFinding(around.activeRun));
  const target = otherSlot(state.live ?? "green");
  if (state.live !== null && isFailing(around.observed[target])) {
    reasons.push({
      code: "slot-failing",
      severity: "refuse",
      what: `${target}'s web process keeps stopping.`,
      remedy: `Read ${target}'s log and deploy a release that stays up.`,
    });
  }
  reasons.push(...ofTheFeed(verb, state, around));
  return { ok: reasons.every((reason) => reason.severity !== "refuse"), reasons };
}

/** A swap waits until its feed is well. Going back is still possible then, at a cost. */
function ofTheFeed(verb: "swap" | "rollback", state: AppState, around: Surroundings): Finding[] {
  if (state.live === null) return [];
  const to = otherSlot(state.live);
  const { fed, dataState } = state.slots[to];
  if (!fed || (verb === "rollback") !== (dataState === "resting")) return [];
  const trouble = feedTrouble(
    around.observed[to]?.feed,
    to,
    verb === "swap" ? "forward" : "back",
    around.now,
  );
  if (!trouble) return [];
  if (verb === "swap") return [trouble];
  return [{ ...trouble, severity: "warn", what: `${trouble.what} ${cost(around.wayBack)}` }];
}

function cost(wayBack: WayBackView | null): string {
  // As long as the feed ran nothing was counted.
  if (!wayBack || wayBack.lossless) return "What going back would leave behind is being counted.";
  const rows = wayBack.inserted + wayBack.changed + wayBack.deleted;
  return `Going back now would leave ${wayBack.exact ? "" : "at least "}${rows} row${rows === 1 ? "" : "s"} behind.`;
}

export const busyFinding = (run: RunSummary): Finding => ({
  code: "busy",
  severity: "refuse",
  what: `${run.requestedBy.name} runs ${run.kind} since ${run.startedAt ?? run.requestedAt}.`,
  remedy: "Wait until it is finished, or cancel it before its commit.",
});

export const engineSilentFinding: Finding = {
  code: "engine-silent",
  severity: "refuse",
  what: "The engine does not answer.",
  remedy: "See that the engine runs (npm start restarts it); what was asked for waits until it does.",
};

function outside({ gate, gatewaySilent, engineSilent }: Surroundings): Finding[] {
  const findings: Finding[] = [];
  if (engineSilent) findings.push(engineSilentFinding);
  if (gatewaySilent) {
    findings.push({
      code: "gateway-silent",
      severity: "refuse",
      what: "No gateway answers.",
      remedy: "See that the gateway runs, then try again.",
    });
  }
  if (gate.state === "closed" && gate.by === "person") {
    findings.push({
      code: "gate-closed",
      severity: "warn",
      what: "The gate is closed by hand and stays closed afterwards.",
      remedy: "End maintenance when visitors may come in again.",
    });
  }
  return findings;
}

const isFailing = (observed: ObservedSlot | null): boolean =>
  observed?.processes.some(({ process, state }) => process === "web" && state === "backing-off") ?? false;
