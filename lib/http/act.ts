/** POST /apps/{app}/{verb}: the verb's own schema decides about the body. */
import { VERBS, type Verb } from "#lib/engine/model.ts";
import type { OperationContext } from "#lib/operations/context.ts";
import { notFound } from "#lib/operations/errors.ts";
import { parseInput } from "#lib/operations/parse-input.ts";
import type { RequestedRun } from "#lib/operations/request-run.ts";
import { verbs } from "#lib/operations/verbs.ts";

/** Throws `not-found` for what is no verb, and whatever the verb throws. */
export async function act(
  context: OperationContext,
  app: string,
  verb: string,
  request: Request,
  body: Record<string, unknown>,
): Promise<RequestedRun> {
  if (!isVerb(verb) || verb === "init" || verb === "adopt") throw notFound(`There is no verb ${verb}.`);
  const { input, run } = verbs[verb];
  // The app is in the path; a body that names it too is refused like any unknown key.
  parseInput(input.omit({ app: true }), body);
  return run(context, { ...withKey(request, body), app });
}

/** A key in the header counts when the body has none. */
export function withKey(request: Request, body: Record<string, unknown>): Record<string, unknown> {
  const key = request.headers.get("idempotency-key");
  return key === null || "idempotencyKey" in body ? body : { ...body, idempotencyKey: key };
}

export const runUrl = (id: string): string => `/api/v1/runs/${id}`;

/** What every act answers. */
export const accepted = ({ run }: RequestedRun) => ({ run: { id: run.id, url: runUrl(run.id) } });

const isVerb = (word: string): word is Verb => (VERBS as readonly string[]).includes(word);
