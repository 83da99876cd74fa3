/** Takes a slot out: no traffic, no workers, fenced data. Pausing the live slot closes its gate. */
import { z } from "zod";
import { type OperationContext, requireRole } from "./context.ts";
import { appFields, slotField } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const pauseInput = z.strictObject({ ...appFields, slot: slotField });

/** Needs operator. */
export async function pause(
  context: OperationContext,
  input: z.input<typeof pauseInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey, slot } = parseInput(pauseInput, input);
  requireRole(context, "operator", app);
  return requestRun(context, {
    verb: "pause",
    app,
    idempotencyKey,
    resolve: () => ({ ask: { slot }, record: { slot } }),
  });
}
