/**
 * Closes or opens an app's gate by hand: the same act as `touch` and `rm` of its lock file, recorded. Acts at
 * once, beside any run that is active.
 */
import { z } from "zod";
import { closeGate, gateStatus, openGate } from "#lib/gate/person-lock.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { refused } from "./errors.ts";
import { appFields } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { recordAudit } from "./record-audit.ts";
import { insertRun, lockApp, type RequestedRun, sameRequest } from "./request-run.ts";

const lockFields = {
  on: z.boolean(),
  /** Shown to visitors. */
  message: z.string().trim().min(1).max(2000).optional(),
  /** For the Retry-After header. */
  retryAfterSeconds: z.number().int().min(0).max(86_400).optional(),
};

export const maintenanceInput = z.strictObject({ ...appFields, ...lockFields });
/** Without `app`: the lock for everything. */
export const maintenanceForAllInput = z.strictObject(lockFields);

/** Needs operator. Answers when the lock is in place or gone. */
export async function maintenance(
  context: OperationContext,
  input: z.input<typeof maintenanceInput>,
): Promise<RequestedRun> {
  const { app: name, idempotencyKey, ...lock } = parseInput(maintenanceInput, input);
  requireRole(context, "operator", name);
  return context.store.$transaction(async (tx) => {
    const app = await lockApp(tx, name);
    const before = await sameRequest(tx, app.id, idempotencyKey);
    if (before) return before;
    const notes = lock.on ? [] : notesOnOpening(context, name);
    const run = await insertRun(tx, context, {
      app,
      verb: "maintenance",
      input: lock,
      idempotencyKey,
      finished: { receipt: { notes } },
    });
    // Last, so that no act goes unrecorded; the transaction rolls back when the file can't be written.
    setLock(context, name, lock);
    return run;
  });
}

function setLock(
  { home }: OperationContext,
  app: string | null,
  lock: z.output<typeof maintenanceForAllInput>,
) {
  if (lock.on) closeGate(home, app, { message: lock.message, retryAfter: lock.retryAfterSeconds });
  else openGate(home, app);
}

/** Throws when the only lock is that of a run: taking it away in the middle would abort the run. */
function notesOnOpening({ home }: OperationContext, app: string): string[] {
  const status = gateStatus(home, app);
  if (status.by === "engine") {
    throw refused([
      {
        code: "held-by-run",
        severity: "refuse",
        what: "The gate is held by a run, for a moment, not by a person.",
        remedy: "Wait for the run, or cancel it.",
      },
    ]);
  }
  return status.scope === "all" ? ["The lock for everything is in place too; this app stays closed."] : [];
}

/** Needs operator. The lock for everything; recorded in the audit log only, because a run belongs to one app. */
export async function maintenanceForAll(
  context: OperationContext,
  input: z.input<typeof maintenanceForAllInput>,
): Promise<{ on: boolean }> {
  requireRole(context, "operator");
  const lock = parseInput(maintenanceForAllInput, input);
  return context.store.$transaction(async (tx) => {
    await recordAudit(tx, context.actor, { action: "gate.maintenance", detail: lock });
    setLock(context, null, lock);
    return { on: lock.on };
  });
}
