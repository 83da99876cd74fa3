/** Stops and starts a slot's processes, all or the named ones; those of the live slot one by one. */
import { z } from "zod";
import { idleSlot } from "#lib/engine/model.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { appFields, slotField } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const restartInput = z.strictObject({
  ...appFields,
  /** Default: the live slot, or the idle one while nothing is live. */
  slot: slotField.optional(),
  /** Names from the manifest; default: all that should run. */
  processes: z
    .array(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "a process's name"))
    .min(1)
    .max(50)
    .optional(),
  /** For an app that can't run twice at once: visitors wait until its processes answer again. */
  hold: z.boolean().optional(),
});

/** Needs operator. */
export async function restart(
  context: OperationContext,
  input: z.input<typeof restartInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey, slot: wanted, processes, hold } = parseInput(restartInput, input);
  requireRole(context, "operator", app);
  return requestRun(context, {
    verb: "restart",
    app,
    idempotencyKey,
    resolve(state) {
      const slot = wanted ?? state.live ?? idleSlot(state.live);
      return { ask: { slot }, record: { slot, ...(processes && { processes }), ...(hold && { hold }) } };
    },
  });
}
