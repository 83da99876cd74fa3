/** Ends a job: SIGTERM, and SIGKILL after the app's grace. */
import { type OperationContext, requireRoleFor } from "../context.ts";
import { refused } from "../errors.ts";
import { notify } from "../notify.ts";
import { recordAudit } from "../record-audit.ts";
import { type JobView, jobView } from "./views.ts";

/** Needs operator. Asking twice is harmless; throws `refused` when it is over. */
export async function cancelJob(context: OperationContext, id: string): Promise<JobView> {
  const { store, actor } = context;
  return store.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT id FROM job WHERE id = ${id} FOR UPDATE`;
    const job = await tx.job.findUnique({ where: { id }, include: { app: { select: { name: true } } } });
    requireRoleFor(context, "operator", job?.app.name, `There is no job ${id}.`);
    const { app, ...row } = job!;
    if (row.finishedAt !== null) {
      throw refused([
        { code: "job-finished", severity: "refuse", what: "The job is over.", remedy: "Nothing to do." },
      ]);
    }
    if (row.cancelRequestedAt !== null) return jobView(row, app.name);
    const now = new Date();
    const unstarted = row.status === "queued";
    const after = await tx.job.update({
      where: { id },
      data: {
        cancelRequestedAt: now,
        ...(unstarted && { status: "aborted", finishedAt: now, error: `Cancelled by ${actor.name}.` }),
      },
    });
    await recordAudit(tx, actor, { action: "job.cancel", appName: app.name, detail: { job: id } });
    await notify(tx, "signalbox_runs", id);
    return jobView(after, app.name);
  });
}
