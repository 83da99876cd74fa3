/** Is it safe to swap, is it safe to go back: what can be told without asking the engine to look. Pure. */
import type { Finding, SlotName } from "#lib/engine/model.ts";
import { type AppState, permit } from "#lib/engine/permit.ts";
import type { GateView, RunSummary, Safety } from "../views.ts";
import { defaultInput } from "./default-input.ts";
import type { ObservedSlot } from "./observed-slot.ts";

export interface Surroundings {
  activeRun: RunSummary | null;
  gate: GateView;
  gatewaySilent: boolean;
  engineSilent: boolean;
  observed: Record<SlotName, ObservedSlot | null>;
}

export function safety(verb: "swap" | "rollback", state: AppState, around: Surroundings): Safety {
  const reasons = [...permit(verb, state, defaultInput(verb, state)), ...outside(around)];
  if (around.activeRun) reasons.unshift(busyFinding(around.activeRun));
  const target = state.live === "blue" ? "green" : "blue";
  if (state.live !== null && isFailing(around.observed[target])) {
    reasons.push({
      code: "slot-failing",
      severity: "refuse",
      what: `${target}'s web process keeps stopping.`,
      remedy: `Read ${target}'s log and deploy a release that stays up.`,
    });
  }
  return { ok: reasons.every((reason) => reason.severity !== "refuse"), reasons };
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
