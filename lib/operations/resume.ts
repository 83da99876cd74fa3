/** Brings a paused slot back in the state that it had. One that is not live comes back as idle, never as a second writer. */
import { z } from "zod";
import { type OperationContext, requireRole } from "./context.ts";
import { appFields, slotField } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const resumeInput = z.strictObject({ ...appFields, slot: slotField });

/** Needs operator. */
export async function resume(
  context: OperationContext,
  input: z.input<typeof resumeInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey, slot } = parseInput(resumeInput, input);
  requireRole(context, "operator", app);
  return requestRun(context, {
    verb: "resume",
    app,
    idempotencyKey,
    resolve: () => ({ ask: { slot }, record: { slot } }),
  });
}
