/** A throw-away copy of the idle data for testers to write in; asked for again, a new one. */
import { z } from "zod";
import { type OperationContext, requireRole } from "./context.ts";
import { appFields } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const previewInput = z.strictObject({
  ...appFields,
  /** Deletes the copy: testers see the idle slot's own data again. */
  end: z.boolean().default(false),
});

/** Needs operator. */
export async function preview(
  context: OperationContext,
  input: z.input<typeof previewInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey, end } = parseInput(previewInput, input);
  requireRole(context, "operator", app);
  return requestRun(context, {
    verb: "preview",
    app,
    idempotencyKey,
    resolve: () => ({ ask: { end }, record: { end } }),
  });
}
