/** Routes a domain to a slot. A public domain takes all of the app's public domains with it. */
import { z } from "zod";
import { audienceOf } from "#lib/engine/permit.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { requireFree } from "./domain-free.ts";
import { appFields, audienceField, hostField, slotField } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const publishInput = z.strictObject({
  ...appFields,
  domain: hostField,
  slot: slotField,
  /** Default: what the domain is already, else public for the live slot and staging for the other. */
  audience: audienceField.optional(),
});

/** Needs operator. */
export async function publish(
  context: OperationContext,
  input: z.input<typeof publishInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey, ...asked } = parseInput(publishInput, input);
  requireRole(context, "operator", app);
  return requestRun(context, {
    verb: "publish",
    app,
    idempotencyKey,
    resolve(state) {
      const audience = audienceOf(state, asked);
      return { ask: { ...asked, audience }, record: { domain: asked.domain, slot: asked.slot, audience } };
    },
    check: (tx, { id }) => requireFree(tx, context, [asked.domain], id),
  });
}
