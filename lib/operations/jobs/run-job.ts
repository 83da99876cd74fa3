/** Asks for one command in the live slot. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { appName } from "#lib/config/manifest.ts";
import type { Finding } from "#lib/engine/model.ts";
import { KEEPS_JOBS_WAITING } from "#lib/engine/plans/steps.ts";
import { commandText, storedArguments } from "#lib/store/job-command.ts";
import { type AppWithState, appState } from "../app-state.ts";
import { type OperationContext, requireRole } from "../context.ts";
import { busy, refused } from "../errors.ts";
import { notify } from "../notify.ts";
import { parseInput } from "../parse-input.ts";
import { recordAudit } from "../record-audit.ts";
import { lockApp, PATIENCE } from "../request-run.ts";
import { ACTIVE, runSummary, withAppName } from "../run-summary.ts";
import { type JobView, jobView } from "./views.ts";

export const runJobInput = z.strictObject({
  app: appName,
  /** The program and its arguments, as they are: no shell reads them. */
  command: z
    .array(
      z
        .string()
        .max(32_768)
        .refine((word) => !word.includes("\0"), "no NUL characters"),
    )
    .min(1)
    .max(200)
    .refine(([program]) => program !== "", "begins with a program"),
});

/** One-offs at a time; more is a mistake. */
const AT_ONCE = 5;

/** Needs operator. The command with its arguments is in the audit log. Refused while a run has or may have the window. */
export async function runJob(
  context: OperationContext,
  input: z.input<typeof runJobInput>,
): Promise<JobView> {
  const { app: name, command } = parseInput(runJobInput, input);
  requireRole(context, "operator", name);
  return context.store.$transaction(async (tx) => {
    const app = await lockApp(tx, name);
    const run = await tx.run.findFirst({
      where: { appId: app.id, kind: { in: KEEPS_JOBS_WAITING }, ...ACTIVE },
      include: withAppName,
    });
    if (run) throw busy(runSummary(run));
    const reasons = against(app);
    const unfinished = { appId: app.id, kind: "once", finishedAt: null };
    if ((await tx.job.count({ where: unfinished })) >= AT_ONCE)
      reasons.push(refuse("too-many", `${AT_ONCE} commands run already.`, "Wait for one, or cancel it."));
    if (reasons.length > 0) throw refused(reasons);
    const id = randomUUID();
    const job = await tx.job.create({
      data: {
        id,
        appId: app.id,
        kind: "once",
        name: "run",
        command: storedArguments(command),
        requestedBy: context.actor.name,
      },
    });
    await recordAudit(tx, context.actor, {
      action: "app.run",
      appName: name,
      detail: { job: id, command: commandText(job.command) },
    });
    await notify(tx, "signalbox_runs", id);
    return jobView(job, name);
  }, PATIENCE);
}

function against(app: AppWithState): Finding[] {
  const { live, slots, external } = appState(app);
  if (external)
    return [refuse("started-elsewhere", "Somebody else starts this app's processes.", "Run it there.")];
  if (live === null)
    return [refuse("nothing-live", "Nothing is live yet; commands run in the live slot.", "Publish first.")];
  if (slots[live].paused)
    return [refuse("slot-paused", `${live} is paused; its data refuses writes.`, `Resume ${live} first.`)];
  return [];
}

const refuse = (code: string, what: string, remedy: string): Finding => ({
  code,
  severity: "refuse",
  what,
  remedy,
});
