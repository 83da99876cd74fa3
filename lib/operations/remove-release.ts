/** Takes an old release off the list; the engine then removes its files. */
import type { SlotName } from "#lib/engine/model.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { notFound, refused } from "./errors.ts";
import { recordAudit } from "./record-audit.ts";
import { lockApp, PATIENCE, refuseWhenBusy } from "./request-run.ts";

/** Needs operator. Throws `not-found`, `refused` when a slot has it, `busy` when a run is on that may want it. */
export async function removeRelease(
  context: OperationContext,
  app: string,
  id: string,
): Promise<{ id: string; version: string }> {
  requireRole(context, "operator", app);
  return context.store.$transaction(async (tx) => {
    const { id: appId } = await lockApp(tx, app);
    const release = await tx.release.findFirst({ where: { id, appId }, include: { slots: true } });
    if (!release) throw notFound(`${app} has no release ${id.slice(0, 80)}.`);
    const { version, slots } = release;
    if (slots.length > 0)
      throw inSlot(
        version,
        slots.map(({ name }) => name),
      );
    await refuseWhenBusy(tx, appId);
    await tx.release.delete({ where: { id } });
    const detail = { release: id, version };
    await recordAudit(tx, context.actor, { action: "release.remove", appName: app, detail });
    return { id, version };
  }, PATIENCE);
}

const inSlot = (version: string, slots: SlotName[]) =>
  refused([
    {
      code: "release-in-slot",
      severity: "refuse",
      what: `Release ${version} is in ${slots.join(" and ")}.`,
      remedy: "Deploy another one there first.",
    },
  ]);
