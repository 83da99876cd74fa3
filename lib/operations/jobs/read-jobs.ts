/** Jobs and what they said. */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { z } from "zod";
import type { CronEntry } from "#lib/engine/world.ts";
import { jobOutputLine } from "#lib/engine-service/control.ts";
import { nextTime } from "#lib/engine-service/cron.ts";
import { type OperationContext, requireRole, requireRoleFor } from "../context.ts";
import { notFound, OperationError } from "../errors.ts";
import { askEngine } from "../read/engine-call.ts";
import { type JobView, jobView } from "./views.ts";

export type JobOutput = z.infer<typeof jobOutputLine>;

export interface CronView {
  name: string;
  schedule: string;
  timezone: string;
  command: string;
  /** Null when it never comes, or nothing is live. */
  nextAt: string | null;
}

export interface JobsView {
  /** Newest first. */
  jobs: JobView[];
  /** Of the live release. */
  cron: CronView[];
}

/** Needs operator: commands and what they are given may be nobody else's business. */
export async function listJobs(
  context: OperationContext,
  name: string,
  { before, limit = 50 }: { before?: string; limit?: number } = {},
): Promise<JobsView> {
  requireRole(context, "operator", name);
  const app = await context.store.app.findUnique({
    where: { name },
    include: { slots: { include: { release: true } } },
  });
  if (!app) throw notFound(`There is no app named ${name}.`);
  const edge = before && (await context.store.job.findFirst({ where: { id: before, appId: app.id } }));
  const jobs = await context.store.job.findMany({
    where: { appId: app.id, ...(edge && { requestedAt: { lt: edge.requestedAt } }) },
    orderBy: [{ requestedAt: "desc" }, { id: "desc" }],
    take: limit,
  });
  const live = app.slots.find((slot) => slot.name === app.liveSlot);
  const { cron = {} } = (live?.release?.manifest ?? {}) as { cron?: Record<string, CronEntry> };
  return {
    jobs: jobs.map((job) => jobView(job, name)),
    cron: Object.entries(cron)
      // jsonb has an order of its own.
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([entry, { schedule, timezone, command }]) => ({
        name: entry,
        schedule,
        timezone,
        command,
        nextAt: live?.paused ? null : (nextTime({ schedule, timezone }, new Date())?.toISOString() ?? null),
      })),
  };
}

/** Needs operator. */
export async function getJob(context: OperationContext, id: string): Promise<JobView> {
  const job = await context.store.job.findUnique({
    where: { id },
    include: { app: { select: { name: true } } },
  });
  requireRoleFor(context, "operator", job?.app.name, `There is no job ${id}.`);
  return jobView(job!, job!.app.name);
}

/** Needs operator. What it said so far and says until its end, then `end`. Throws `unavailable` without an engine. */
export async function jobOutput(
  context: OperationContext,
  id: string,
  signal: AbortSignal,
): Promise<AsyncIterable<JobOutput>> {
  const { app } = await getJob(context, id);
  const answer = await askEngine(context.home, "jobOutput", { app, job: id }, signal);
  if (answer?.body) return lines(answer.body, signal);
  throw new OperationError("unavailable", "The engine does not answer.", {
    remedy: "See that the engine runs; the command itself may have ended with it.",
  });
}

async function* lines(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<JobOutput> {
  const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  const reader = createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of reader) {
      if (line !== "") yield jobOutputLine.parse(JSON.parse(line));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    reader.close();
    source.destroy();
  }
}
