import type { SlotName, Verb } from "#lib/engine/model.ts";
import { sourceProblem } from "../deploy/source-problem.ts";
import type { VerbInput } from "./consequences.ts";
import type { Scene } from "./scene.ts";

export type Problems = Partial<Record<keyof VerbInput, string>>;

/** What is missing in the form, per field. The operation checks everything again. */
export function checkInput(verb: Verb, input: VerbInput, app?: string): Problems {
  const problems: Problems = {};
  if (verb === "update" && input.typed?.trim() !== app) problems.typed = `type ${app} to go on.`;
  if (verb === "deploy" || verb === "update") {
    const problem = sourceProblem(input.source);
    if (problem) problems.source = problem;
  }
  if (verb === "publish" && !input.domain) problems.domain = "say which domain.";
  if (verb === "unpublish" && !input.domain) problems.domain = "choose a domain.";
  const { retryAfterSeconds } = input;
  if (
    retryAfterSeconds !== undefined &&
    !(Number.isInteger(retryAfterSeconds) && retryAfterSeconds >= 0 && retryAfterSeconds <= 86_400)
  ) {
    problems.retryAfterSeconds = "whole seconds, at most 86,400 (a day).";
  }
  return problems;
}

/** What the dialog starts from, with the choices that it shows as made already. */
export function startInput(verb: Verb, scene: Scene, given: VerbInput): VerbInput {
  switch (verb) {
    case "publish": {
      const audience = given.audience ?? "public";
      return { audience, slot: publishSlot(scene, audience), ...given };
    }
    case "sync":
      return scene.noData ? given : { mode: "stream", ...given };
    case "maintenance":
      return { on: true, ...given };
    default:
      return given;
  }
}

/** The slot that a domain of this audience usually reaches. */
export const publishSlot = (scene: Scene, audience: "public" | "staging"): SlotName =>
  audience === "staging" ? scene.idle : (scene.live ?? scene.idle);

/** Without what was left empty. */
export const cleanInput = ({ typed: _, ...input }: VerbInput): VerbInput =>
  Object.fromEntries(
    Object.entries(input)
      .map(([key, value]) => [key, typeof value === "string" ? value.trim() : value])
      .filter(([, value]) => value !== undefined && value !== ""),
  );
