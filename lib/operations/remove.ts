/** Takes an app out of Signalbox. An adopted one goes on as it was before; one that was made is stopped. */
import { z } from "zod";
import { type OperationContext, requireRole } from "./context.ts";
import { OperationError } from "./errors.ts";
import { appFields } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

export const removeInput = z.strictObject({
  ...appFields,
  /** The app's name once more, typed. */
  confirm: z.string(),
  /** Deletes the databases that Signalbox made, with all that is in them. Never one that was there before. */
  deleteData: z.boolean().default(false),
});

/** Needs admin. Its runs and its audit stay to be read. */
export async function remove(
  context: OperationContext,
  input: z.input<typeof removeInput>,
): Promise<RequestedRun> {
  requireRole(context, "admin");
  const { app, idempotencyKey, confirm, deleteData } = parseInput(removeInput, input);
  if (confirm !== app) {
    throw new OperationError("invalid", `confirm: ${JSON.stringify(confirm)} is not the app's name.`, {
      remedy: `Type ${app} to remove it.`,
    });
  }
  return requestRun(context, {
    verb: "remove",
    app,
    idempotencyKey,
    resolve: () => ({ record: { deleteData } }),
  });
}
