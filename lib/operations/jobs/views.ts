/** A one-off command, or one time of a cron entry, as people are shown it. */
import type { RunStatus, SlotName } from "#lib/engine/model.ts";
import type { Job } from "#lib/store/generated/client.ts";
import { commandText } from "#lib/store/job-command.ts";

export interface JobView {
  id: string;
  app: string;
  kind: "once" | "cron";
  /** The cron entry's name; `run` for a one-off. */
  name: string;
  command: string;
  slot: SlotName | null;
  status: RunStatus;
  exitCode: number | null;
  error: string | null;
  requestedBy: string;
  requestedAt: string;
  dueAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
}

export const jobView = (job: Job, app: string): JobView => ({
  id: job.id,
  app,
  kind: job.kind === "cron" ? "cron" : "once",
  name: job.name,
  command: commandText(job.command),
  slot: job.slot,
  status: job.status,
  exitCode: job.exitCode,
  error: job.error,
  requestedBy: job.requestedBy,
  requestedAt: job.requestedAt.toISOString(),
  dueAt: job.dueAt?.toISOString() ?? null,
  startedAt: job.startedAt?.toISOString() ?? null,
  finishedAt: job.finishedAt?.toISOString() ?? null,
});
