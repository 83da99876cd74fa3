/** Gives up the way back: the old slot becomes the next idle slot. */
import { z } from "zod";
import { type OperationContext, requireRole } from "./context.ts";
import { appFields } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const finishInput = z.strictObject({ ...appFields });

/** Needs operator. */
export async function finish(
  context: OperationContext,
  input: z.input<typeof finishInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey } = parseInput(finishInput, input);
  requireRole(context, "operator", app);
  return requestRun(context, { verb: "finish", app, idempotencyKey });
}
