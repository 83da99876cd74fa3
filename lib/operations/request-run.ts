/** The one way in which a verb becomes a run: checked, recorded and told to the engine in one transaction. */
import { randomUUID } from "node:crypto";
import type { Verb } from "#lib/engine/model.ts";
import { type AppState, type PermitInput, permit } from "#lib/engine/permit.ts";
import type { StoreTransaction } from "#lib/store/client.ts";
import type { Prisma } from "#lib/store/generated/client.ts";
import { type AppWithState, appState, appStateInclude } from "./app-state.ts";
import { noSuchApp, type OperationContext, requireRole } from "./context.ts";
import { busy, refused } from "./errors.ts";
import { notify } from "./notify.ts";
import { recordAudit } from "./record-audit.ts";
import { ACTIVE, runSummary, withAppName } from "./run-summary.ts";
import { isUniqueViolation } from "./unique-violation.ts";

/** What every verb answers. The engine does the rest. */
export interface RequestedRun {
  run: { id: string };
}

export interface RunRequest {
  verb: Exclude<Verb, "init" | "maintenance">;
  app: string;
  idempotencyKey?: string;
  /** What the interlocking is asked about and what the run records, made from the state that is locked. */
  resolve?(state: AppState): { ask?: PermitInput; record?: Prisma.InputJsonObject };
  /** Further checks inside the transaction. */
  check?(tx: StoreTransaction, app: AppWithState): Promise<void>;
}

/** Many may queue for one app's row. Milliseconds. */
export const PATIENCE = { maxWait: 5_000, timeout: 10_000 };

/** Throws `not-found`, `refused` with every reason, or `busy` with the run that is active. */
export async function requestRun(context: OperationContext, request: RunRequest): Promise<RequestedRun> {
  try {
    return await context.store.$transaction(async (tx) => {
      const app = await lockApp(tx, request.app);
      const before = await sameRequest(tx, app.id, request.idempotencyKey);
      if (before) return before;
      await refuseWhenBusy(tx, app.id);
      const { ask = {}, record = {} } = request.resolve?.(appState(app)) ?? {};
      const reasons = permit(request.verb, appState(app), ask);
      if (reasons.length > 0) throw refused(reasons);
      await request.check?.(tx, app);
      return insertRun(tx, context, {
        app,
        verb: request.verb,
        input: record,
        idempotencyKey: request.idempotencyKey,
      });
    }, PATIENCE);
  } catch (error) {
    if (isUniqueViolation(error)) await explainUnique(context, request);
    throw error;
  }
}

/** Takes the app's row: two operators are served one after the other. */
export async function lockApp(tx: StoreTransaction, name: string): Promise<AppWithState> {
  const locked = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM app WHERE name = ${name} FOR UPDATE`;
  if (locked.length === 0) throw noSuchApp(name);
  return tx.app.findUniqueOrThrow({ where: { name }, include: appStateInclude });
}

export async function sameRequest(
  tx: StoreTransaction,
  appId: string,
  idempotencyKey: string | undefined,
): Promise<RequestedRun | null> {
  if (idempotencyKey === undefined) return null;
  const run = await tx.run.findUnique({
    where: { appId_idempotencyKey: { appId, idempotencyKey } },
    select: { id: true },
  });
  return run && { run };
}

export async function refuseWhenBusy(tx: StoreTransaction, appId: string): Promise<void> {
  const run = await tx.run.findFirst({
    where: { appId, ...ACTIVE },
    include: withAppName,
  });
  if (run) throw busy(runSummary(run));
}

export interface NewRun {
  app: { id: string; name: string };
  verb: Verb;
  input: Prisma.InputJsonObject;
  idempotencyKey?: string;
  /** A run that is over the moment it is recorded. */
  finished?: { receipt: Prisma.InputJsonObject };
}

/** The run, its first event, the audit entry and the word to the engine. */
export async function insertRun(
  tx: StoreTransaction,
  context: OperationContext,
  { app, verb, input, idempotencyKey, finished }: NewRun,
): Promise<RequestedRun> {
  // Behind the verb's own check: nothing is asked of an app by somebody who is no operator there.
  requireRole(context, "operator", app.name);
  const { actor } = context;
  const id = randomUUID();
  const now = new Date();
  await tx.run.create({
    data: {
      id,
      appId: app.id,
      kind: verb,
      input,
      idempotencyKey,
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      requestedAt: now,
      ...(finished && { status: "succeeded", startedAt: now, finishedAt: now, receipt: finished.receipt }),
      events: {
        create: { seq: 1, type: "requested", at: now, data: { kind: verb, input, by: actor.name } },
      },
    },
  });
  await recordAudit(tx, actor, { action: `app.${verb}`, appName: app.name, runId: id, detail: input });
  await notify(tx, finished ? "signalbox_events" : "signalbox_runs", id);
  return { run: { id } };
}

/** The unique indexes are the last line behind the locked row; say the same as the check would have said. */
async function explainUnique({ store }: OperationContext, request: RunRequest): Promise<void> {
  const app = await store.app.findUnique({ where: { name: request.app } });
  if (app) await refuseWhenBusy(store, app.id);
}
