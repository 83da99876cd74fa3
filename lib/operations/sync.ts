/** Copies the live slot's data to the idle one. */
import { z } from "zod";
import { type OperationContext, requireRole } from "./context.ts";
import { appFields } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const syncInput = z.strictObject({
  ...appFields,
  /** `stream`: stores that can be are kept up from then on, the others are copied. `snapshot`: all are copied once. */
  mode: z.enum(["stream", "snapshot"]).default("stream"),
  /** Stops the idle slot's processes for the copy, so that none of their sessions stands in its way. */
  force: z.boolean().default(false),
});

/** Needs operator. */
export async function sync(
  context: OperationContext,
  input: z.input<typeof syncInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey, mode, force } = parseInput(syncInput, input);
  requireRole(context, "operator", app);
  return requestRun(context, {
    verb: "sync",
    app,
    idempotencyKey,
    resolve: () => ({ record: { mode, force } }),
  });
}
