/** Asks a run to go back. Works until its commit. */
import { z } from "zod";
import { type OperationContext, requireRoleFor } from "./context.ts";
import { notFound, refused } from "./errors.ts";
import { notify } from "./notify.ts";
import { parseInput } from "./parse-input.ts";
import { recordAudit } from "./record-audit.ts";
import type { RequestedRun } from "./request-run.ts";
import { withAppName } from "./run-summary.ts";

export const cancelRunInput = z.strictObject({ run: z.string().min(1).max(100) });

/** Needs operator. A run that no engine has claimed is aborted here and now. Asking twice is harmless. */
export async function cancelRun(
  context: OperationContext,
  input: z.input<typeof cancelRunInput>,
): Promise<RequestedRun> {
  const { run: id } = parseInput(cancelRunInput, input);
  const { store, actor } = context;
  return store.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT id FROM run WHERE id = ${id} FOR UPDATE`;
    const run = await tx.run.findUnique({ where: { id }, include: withAppName });
    requireRoleFor(context, "operator", run?.app.name, `There is no run ${id}.`);
    if (!run) throw notFound(`There is no run ${id}.`);
    if (run.cancelRequestedAt !== null) return { run: { id } };
    if (run.finishedAt !== null) throw tooLate("run-finished", "The run is finished.", "Nothing to do.");
    if (run.committedAt !== null) {
      throw tooLate(
        "run-committed",
        "The run is committed and only goes forward.",
        "Roll back when it is done.",
      );
    }
    const now = new Date();
    const reason = `cancelled by ${actor.name}`;
    const unclaimed = run.status === "queued";
    await tx.run.update({
      where: { id },
      data: {
        cancelRequestedAt: now,
        cancelRequestedBy: actor.name,
        ...(unclaimed && { status: "aborted", finishedAt: now, abortReason: reason }),
      },
    });
    if (unclaimed) {
      const { _max } = await tx.runEvent.aggregate({ where: { runId: id }, _max: { seq: true } });
      const seq = (_max.seq ?? 0) + 1;
      await tx.runEvent.create({
        data: { runId: id, seq, type: "finished", data: { status: "aborted", error: reason } },
      });
    }
    await recordAudit(tx, actor, { action: "run.cancel", appName: run.app.name, runId: id });
    await notify(tx, "signalbox_runs", id);
    await notify(tx, "signalbox_events", id);
    return { run: { id } };
  });
}

const tooLate = (code: string, what: string, remedy: string) =>
  refused([{ code, severity: "refuse", what, remedy }]);
