/** Changes the live slot in place: a release, changed variables, or another number of web processes. */
import { z } from "zod";
import { WEB_INSTANCES } from "#lib/config/app-settings.ts";
import { requireFitting } from "./adoption-fields.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { deployInput, mustBeThere } from "./deploy.ts";
import { OperationError } from "./errors.ts";
import { appFields } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const updateInput = z.strictObject({
  ...appFields,
  /** A release for the live slot, from where a deploy takes it. Its release command runs on the live data. */
  source: deployInput.shape.source.optional(),
  /** Web processes per slot from now on. Without this and without a source: changed variables take effect. */
  webInstances: z.number().int().min(WEB_INSTANCES.min).max(WEB_INSTANCES.max).optional(),
});

/** Needs operator. Visitors are served throughout; see lib/engine/plans/update.ts. */
export async function update(
  context: OperationContext,
  input: z.input<typeof updateInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey, source, webInstances } = parseInput(updateInput, input);
  requireRole(context, "operator", app);
  if (source && webInstances !== undefined)
    throw new OperationError("invalid", "A release and a number of processes are two updates.");
  return requestRun(context, {
    verb: "update",
    app,
    idempotencyKey,
    resolve(state) {
      if (source) requireFitting(state.external, source.kind);
      return {
        ask: source ? { change: "release" } : webInstances === undefined ? {} : { change: "scale" },
        record: { ...(source && { source }), ...(webInstances !== undefined && { webInstances }) },
      };
    },
    check: async (tx, { id }) => {
      if (source) await mustBeThere(context, tx, { id, name: app }, source);
    },
  });
}
