/** Rows of `run` as people are shown them. */
import type { RunStatus, Verb } from "#lib/engine/model.ts";
import type { Prisma } from "#lib/store/generated/client.ts";
import type { Actor, RunSummary } from "./views.ts";

export interface RunRow {
  id: string;
  kind: string;
  status: RunStatus;
  abortReason: string | null;
  actorKind: string;
  actorId: string;
  actorName: string;
  requestedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  error: string | null;
  app: { name: string };
}

export const runSummary = (run: RunRow): RunSummary => ({
  id: run.id,
  app: run.app.name,
  kind: run.kind as Verb,
  status: run.status,
  abortReason: run.abortReason,
  requestedBy: { kind: run.actorKind as Actor["kind"], id: run.actorId, name: run.actorName },
  requestedAt: run.requestedAt.toISOString(),
  startedAt: run.startedAt?.toISOString() ?? null,
  finishedAt: run.finishedAt?.toISOString() ?? null,
  error: run.error,
});

/** At most one: the index run_one_at_a_time sees to it. */
export const ACTIVE = { status: { in: ["queued", "running"] as RunStatus[] } };

/** For `include`: what `runSummary` needs beside the row. */
export const withAppName = { app: { select: { name: true } } } satisfies Prisma.RunInclude;

export const LATEST_FIRST: Prisma.RunOrderByWithRelationInput[] = [{ requestedAt: "desc" }, { id: "desc" }];
