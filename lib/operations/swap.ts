/** Makes the idle slot live. */
import { z } from "zod";
import { type OperationContext, requireRole } from "./context.ts";
import { appFields } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const swapInput = z.strictObject({ ...appFields });

/** Needs operator. */
export async function swap(
  context: OperationContext,
  input: z.input<typeof swapInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey } = parseInput(swapInput, input);
  requireRole(context, "operator", app);
  return requestRun(context, { verb: "swap", app, idempotencyKey });
}
