/** Puts a release into the idle slot. */
import { isAbsolute } from "node:path";
import { z } from "zod";
import { idleSlot } from "#lib/engine/model.ts";
import { externalSource, requireFitting } from "./adoption-fields.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { appFields, slotField } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const deployInput = z.strictObject({
  ...appFields,
  /** Default: the idle slot. */
  slot: slotField.optional(),
  /** Where the release comes from: a folder on Signalbox's machine that holds signalbox.yaml. */
  source: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("folder"),
      path: z.string().max(4096).refine(isAbsolute, "an absolute path"),
    }),
    externalSource,
  ]),
});

/** Needs operator. The run records the slot that was idle when it was asked for. */
export async function deploy(
  context: OperationContext,
  input: z.input<typeof deployInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey, slot: wanted, source } = parseInput(deployInput, input);
  requireRole(context, "operator", app);
  return requestRun(context, {
    verb: "deploy",
    app,
    idempotencyKey,
    resolve(state) {
      requireFitting(state.external, source.kind);
      const slot = wanted ?? idleSlot(state.live);
      return { ask: { slot }, record: { slot, source } };
    },
  });
}
