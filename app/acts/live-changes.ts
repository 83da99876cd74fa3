"use server";
import type { Outcome } from "#components/ui/outcome.ts";
import type { NewVariable } from "#components/variables/set-variable.tsx";
import { cancelJob } from "#lib/operations/jobs/cancel-job.ts";
import { runJob } from "#lib/operations/jobs/run-job.ts";
import { changeSettings } from "#lib/operations/settings.ts";
import { setVariables, unsetVariable } from "#lib/operations/variables.ts";
import { answer } from "./answer.ts";

export async function saveVariable(app: string, variable: NewVariable): Promise<Outcome<null>> {
  return answer(async (context) => {
    await setVariables(context, { app, variables: [variable] });
    return null;
  });
}

export async function dropVariable(
  app: string,
  name: string,
  scope: NewVariable["scope"],
): Promise<Outcome<null>> {
  return answer(async (context) => {
    await unsetVariable(context, { app, name, scope });
    return null;
  });
}

export async function saveSettings(app: string, settings: Record<string, unknown>): Promise<Outcome<null>> {
  return answer(async (context) => {
    await changeSettings(context, { app, settings });
    return null;
  });
}

export async function startJob(app: string, command: string[]): Promise<Outcome<string>> {
  return answer(async (context) => (await runJob(context, { app, command })).id);
}

export async function endJob(id: string): Promise<Outcome<null>> {
  return answer(async (context) => {
    await cancelJob(context, id);
    return null;
  });
}
