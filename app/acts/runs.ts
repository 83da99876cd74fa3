"use server";
import { z } from "zod";
import type { NewApp } from "#components/apps/init-form.tsx";
import type { Outcome } from "#components/ui/outcome.ts";
import type { VerbInput } from "#components/verb/consequences.ts";
import { VERBS, type Verb } from "#lib/engine/model.ts";
import { cancelRun } from "#lib/operations/cancel-run.ts";
import { init } from "#lib/operations/init.ts";
import { parseInput } from "#lib/operations/parse-input.ts";
import { verbs } from "#lib/operations/verbs.ts";
import { answer } from "./answer.ts";

// What a browser sends is anything at all, whatever the types say.
const verbOnApp = z.enum(VERBS).exclude(["init", "adopt"]);
const anyInput = z.record(z.string(), z.unknown());

export async function requestVerb(
  app: string,
  verb: Verb,
  input: VerbInput,
  idempotencyKey: string,
): Promise<Outcome<string>> {
  return answer(async (context) => {
    const { run } = verbs[parseInput(verbOnApp, verb)];
    const requested = await run(context, { ...parseInput(anyInput, input), app, idempotencyKey });
    return requested.run.id;
  });
}

export async function cancel(run: string): Promise<Outcome<string>> {
  return answer(async (context) => (await cancelRun(context, { run })).run.id);
}

export async function createApp(app: NewApp): Promise<Outcome<string>> {
  return answer(async (context) => (await init(context, app)).run.id);
}
