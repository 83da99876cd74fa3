/** Takes a domain away: it leads nowhere from then on. */
import { z } from "zod";
import { type OperationContext, requireRole } from "./context.ts";
import { appFields, hostField } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const unpublishInput = z.strictObject({ ...appFields, domain: hostField });

/** Needs operator. */
export async function unpublish(
  context: OperationContext,
  input: z.input<typeof unpublishInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey, domain } = parseInput(unpublishInput, input);
  requireRole(context, "operator", app);
  return requestRun(context, {
    verb: "unpublish",
    app,
    idempotencyKey,
    resolve: () => ({ ask: { domain }, record: { domain } }),
  });
}
