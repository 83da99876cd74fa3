/** Every reason against a verb, the interlocking's and what the engine sees in the world, before anything is asked for. */
import type { Verb } from "#lib/engine/model.ts";
import { type PermitInput, permit } from "#lib/engine/permit.ts";
import { type PreflightAnswer, preflightAnswer } from "#lib/engine-service/control.ts";
import { appState, appStateInclude } from "../app-state.ts";
import { type OperationContext, requireRole } from "../context.ts";
import { notFound } from "../errors.ts";
import { ACTIVE, runSummary, withAppName } from "../run-summary.ts";
import { defaultInput } from "./default-input.ts";
import { engineSays } from "./engine-call.ts";
import { busyFinding, engineSilentFinding } from "./safety.ts";

const TIMEOUT_MS = 15_000;

/** Needs viewer. Takes up to a few seconds. An engine that does not answer is a finding, not an error. */
export async function preflight(
  context: OperationContext,
  name: string,
  verb: Verb,
  input?: PermitInput & Record<string, unknown>,
): Promise<PreflightAnswer> {
  requireRole(context, "viewer", name);
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
  if (reasons.length > 0) return { findings: reasons, forecast: null, fedForecast: null, wayBack: null };
  const question = { app: name, verb, input: asked };
  const answer = await engineSays(context.home, "preflight", question, AbortSignal.timeout(TIMEOUT_MS));
  if (answer !== null) return preflightAnswer.parse(answer);
  return { findings: [engineSilentFinding], forecast: null, fedForecast: null, wayBack: null };
}
