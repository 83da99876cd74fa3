/** Makes the idle slot live. */
import { z } from "zod";
import { type OperationContext, requireRole } from "./context.ts";
import { appFields } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const swapInput = z.strictObject({
  ...appFields,
  /** Although the slots' contents differ: the rows go live as they are in the idle slot. Needs admin. */
  force: z.boolean().default(false),
});

/** Needs operator; to overrule a difference of the contents, admin. */
export async function swap(
  context: OperationContext,
  input: z.input<typeof swapInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey, force } = parseInput(swapInput, input);
  requireRole(context, force ? "admin" : "operator", app);
  return requestRun(context, {
    verb: "swap",
    app,
    idempotencyKey,
    resolve: () => ({ record: force ? { force } : {} }),
  });
}
