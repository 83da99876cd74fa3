/** The swap back to the slot that was live before. */
import { z } from "zod";
import { type OperationContext, requireRole } from "./context.ts";
import { appFields } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const rollbackInput = z.strictObject({
  ...appFields,
  /**
   * The most rows (inserted, changed and deleted since the swap) that may be left behind: what the person was
   * shown. The run aborts before its commit when there are more. Default: any number.
   */
  acceptLoss: z.number().int().min(0).optional(),
  /** Without the feed that carries writes back: what it has not carried stays behind. Needs admin. */
  lossy: z.boolean().default(false),
});

/** Needs operator; to leave behind what a feed was to carry, admin. */
export async function rollback(
  context: OperationContext,
  input: z.input<typeof rollbackInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey, acceptLoss, lossy } = parseInput(rollbackInput, input);
  requireRole(context, lossy ? "admin" : "operator", app);
  return requestRun(context, {
    verb: "rollback",
    app,
    idempotencyKey,
    resolve: () => ({
      record: { ...(acceptLoss !== undefined && { acceptLoss }), ...(lossy && { lossy }) },
    }),
  });
}
