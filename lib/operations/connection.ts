/** How the operator of an adopted app learns what its second version connects to. Shown to admins, and noted. */
import { z } from "zod";
import type { SlotConnection } from "#lib/engine/adoption.ts";
import { connectionAnswer } from "#lib/engine-service/control.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { notFound, OperationError } from "./errors.ts";
import { appFields, slotField } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { engineSays } from "./read/engine-call.ts";
import { recordAudit } from "./record-audit.ts";

export const connectionInput = z.strictObject({
  app: appFields.app,
  slot: slotField,
  /** `app`: for its processes. `owner`: for its migrations; open until the next deploy to the slot. */
  as: z.enum(["app", "owner"]).default("app"),
});

export type { SlotConnection };

/** Needs admin. */
export async function connection(
  context: OperationContext,
  input: z.input<typeof connectionInput>,
): Promise<SlotConnection[]> {
  requireRole(context, "admin");
  const { app, slot, as } = parseInput(connectionInput, input);
  const found = await context.store.app.findUnique({ where: { name: app }, select: { runtime: true } });
  if (!found) throw notFound(`There is no app named ${app}.`);
  if (found.runtime !== "external") {
    throw new OperationError("invalid", `Signalbox starts ${app} itself and gives it its connection.`, {
      remedy: "Deploy a release; its processes find the connection in their environment.",
    });
  }
  await context.store.$transaction((tx) =>
    recordAudit(tx, context.actor, { action: "app.connection", appName: app, detail: { slot, as } }),
  );
  const answer = await engineSays(context.home, "connection", { app, slot, as }, AbortSignal.timeout(15_000));
  if (answer === null) {
    throw new OperationError("unavailable", "The engine does not answer, or the slot's database does not.", {
      remedy: "See that both run, then ask again.",
    });
  }
  const { connections, problem } = connectionAnswer.parse(answer);
  if (problem) throw new OperationError("unavailable", problem.what, { remedy: problem.remedy });
  return connections;
}
