/** Runs, their steps and events. Needs viewer. */
import { noSuchApp, type OperationContext, requireRole, requireRoleFor, whereRole } from "../context.ts";
import { notFound } from "../errors.ts";
import { LATEST_FIRST, runSummary, withAppName } from "../run-summary.ts";
import type { EventView, Receipt, RunSummary, RunView, StepView } from "../views.ts";

/** Throws `not-found`. */
export async function getRun(context: OperationContext, id: string): Promise<RunView> {
  const run = await context.store.run.findUnique({
    where: { id },
    include: { ...withAppName, steps: { orderBy: { position: "asc" } } },
  });
  requireRoleFor(context, "viewer", run?.app.name, `There is no run ${id}.`);
  if (!run) throw notFound(`There is no run ${id}.`);
  const over = run.finishedAt !== null || run.committedAt !== null;
  return {
    ...runSummary(run),
    input: run.input as Record<string, unknown>,
    committedAt: run.committedAt?.toISOString() ?? null,
    cancellable: !over && run.cancelRequestedAt === null && run.abortReason === null,
    steps: run.steps.map((step) => ({
      name: step.name,
      phase: step.phase as StepView["phase"],
      status: step.status,
      attempt: step.attempt,
      startedAt: step.startedAt?.toISOString() ?? null,
      finishedAt: step.finishedAt?.toISOString() ?? null,
      error: step.error,
      detail: step.detail as StepView["detail"],
    })),
    receipt: run.receipt === null ? null : fullReceipt(run.receipt as Partial<Receipt>),
  };
}

export interface RunPage {
  /** Id of a run of the same app: only older ones. */
  before?: string;
  /** 1 to 200; default 50. */
  limit?: number;
}

/** Newest first. Throws `not-found` for an unknown app. */
export async function listRuns(
  context: OperationContext,
  app: string,
  { before, limit = 50 }: RunPage = {},
): Promise<RunSummary[]> {
  requireRole(context, "viewer", app);
  const found = await context.store.app.findUnique({ where: { name: app }, select: { id: true } });
  if (!found) throw noSuchApp(app);
  const runs = await context.store.run.findMany({
    where: { appId: found.id },
    orderBy: LATEST_FIRST,
    take: Math.min(Math.max(limit, 1), 200),
    ...(before !== undefined && { cursor: { id: before }, skip: 1 }),
    include: withAppName,
  });
  return runs.map(runSummary);
}

/** In order, those after `afterSeq`; at most 1000 at a time. A run that is unknown or may not be seen has none. */
export async function runEvents(
  context: OperationContext,
  runId: string,
  afterSeq: number,
): Promise<EventView[]> {
  const events = await context.store.runEvent.findMany({
    where: { runId, seq: { gt: afterSeq }, run: { app: whereRole(context, "viewer") } },
    orderBy: { seq: "asc" },
    take: 1000,
  });
  return events.map(({ seq, at, type, data }) => ({
    seq,
    at: at.toISOString(),
    type,
    data: data as EventView["data"],
  }));
}

/** A receipt holds what applied to its run; the rest is said to be nothing. */
function fullReceipt(stored: Partial<Receipt>): Receipt {
  return {
    from: null,
    to: null,
    fromVersion: null,
    toVersion: null,
    forecastWindowMs: null,
    windowMs: null,
    requestsHeld: null,
    requestsRefused: null,
    longestWaitMs: null,
    lossless: null,
    feed: null,
    dataBytes: null,
    dataRows: null,
    counts: [],
    warm: [],
    steps: [],
    loss: null,
    automatic: null,
    notes: [],
    ...stored,
  };
}
