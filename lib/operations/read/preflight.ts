/** Every reason against a verb, the interlocking's and what the engine sees in the world, before anything is asked for. */
import type { z } from "zod";
import type { Verb } from "#lib/engine/model.ts";
import { type PermitInput, permit } from "#lib/engine/permit.ts";
import { type engineCalls, type PreflightAnswer, preflightAnswer } from "#lib/engine-service/control.ts";
import { appState, appStateInclude } from "../app-state.ts";
import { type OperationContext, requireRole } from "../context.ts";
import { notFound } from "../errors.ts";
import { ACTIVE, runSummary, withAppName } from "../run-summary.ts";
import { callControl, livingProcesses } from "./control-call.ts";
import { defaultInput } from "./default-input.ts";
import { busyFinding, engineSilentFinding } from "./safety.ts";

const TIMEOUT_MS = 15_000;

/** Needs viewer. Takes up to a few seconds. An engine that does not answer is a finding, not an error. */
export async function preflight(
  context: OperationContext,
  name: string,
  verb: Verb,
  input?: PermitInput & Record<string, unknown>,
): Promise<PreflightAnswer> {
  requireRole(context, "viewer");
  const app = await context.store.app.findUnique({ where: { name }, include: appStateInclude });
  if (!app) throw notFound(`There is no app named ${name}.`);
  const state = appState(app);
  const asked = input ?? { ...defaultInput(verb, state) };
  const active = await context.store.run.findFirst({
    where: { appId: app.id, ...ACTIVE },
    include: withAppName,
  });
  const reasons = permit(verb, state, asked);
  if (active && verb !== "maintenance") reasons.unshift(busyFinding(runSummary(active)));
  // Looking at the world would only repeat in other words what the interlocking says already.
  if (reasons.length > 0) return { findings: reasons, forecast: null, wayBack: null };
  return (
    (await askEngine(context, { app: name, verb, input: asked })) ?? {
      findings: [engineSilentFinding],
      forecast: null,
      wayBack: null,
    }
  );
}

/** The first engine that answers; null when none does. */
async function askEngine(
  { home }: OperationContext,
  question: z.infer<typeof engineCalls.preflight>,
): Promise<PreflightAnswer | null> {
  for (const engine of livingProcesses(home, "engine")) {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await callControl(engine, "preflight", question, { signal });
      return preflightAnswer.parse(await response.json());
    } catch {
      // A standby may take over: ask the next one.
    }
  }
  return null;
}
