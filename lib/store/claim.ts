/**
 * Taking runs. A run is free when it is queued, when the engine that had it is gone (its session no longer holds
 * its advisory lock), or when its lease ran out (that engine sleeps). Times are the store's own.
 */
import type { ClaimedRun } from "#lib/engine/journal.ts";
import type { RecordedStep } from "#lib/engine/plan.ts";
import type { Store, StoreTransaction } from "./client.ts";
import type { Prisma } from "./generated/client.ts";

/** How long an engine that says nothing keeps its runs. Milliseconds. */
export const LEASE_MS = 6_000;

export interface Claim extends ClaimedRun {
  kind: string;
  /** Recorded at the first claim; null then. */
  facts: unknown;
  cancelRequested: boolean;
}

/** Takes the oldest free run, raising its app's fencing token. `mine` are the runs this engine conducts already. */
export async function claimRun(store: Store, engineKey: bigint, mine: string[]): Promise<Claim | null> {
  return store.$transaction(async (tx) => {
    const [free] = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM run
      WHERE status IN ('queued', 'running') AND NOT (id = ANY(${mine}))
        AND (status = 'queued' OR lease_until IS NULL OR lease_until < clock_timestamp() OR engine_key = ${engineKey}
          OR NOT EXISTS (
            SELECT 1 FROM pg_locks
            WHERE locktype = 'advisory' AND objsubid = 1 AND granted
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND ((classid::bigint << 32) | objid::bigint) = run.engine_key))
      ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED`;
    return free ? take(tx, free.id, engineKey) : null;
  });
}

async function take(tx: StoreTransaction, id: string, engineKey: bigint): Promise<Claim> {
  const [raised] = await tx.$queryRaw<{ epoch: number }[]>`
    UPDATE app SET epoch = epoch + 1 WHERE id = (SELECT app_id FROM run WHERE id = ${id}) RETURNING epoch`;
  const epoch = raised!.epoch;
  await tx.$executeRaw`UPDATE run SET status = 'running', epoch = ${epoch}, engine_key = ${engineKey},
    started_at = COALESCE(started_at, clock_timestamp()),
    lease_until = clock_timestamp() + make_interval(secs => ${LEASE_MS / 1000}) WHERE id = ${id}`;
  const run = await tx.run.findUniqueOrThrow({
    where: { id },
    include: { app: { select: { name: true } }, steps: { orderBy: { position: "asc" } } },
  });
  await tx.$executeRaw`SELECT pg_notify('signalbox_events', ${id})`;
  return {
    id,
    app: run.app.name,
    kind: run.kind,
    input: run.input as Record<string, unknown>,
    requestedBy: run.actorName,
    epoch,
    abortReason: run.abortReason,
    steps: run.steps.map((step) => ({ ...step, detail: step.detail }) as RecordedStep),
    facts: run.facts,
    cancelRequested: run.cancelRequestedAt !== null,
  };
}

export async function recordFacts(store: Store, run: ClaimedRun, facts: unknown): Promise<void> {
  await store.run.updateMany({
    where: { id: run.id, epoch: run.epoch },
    data: { facts: facts as Prisma.InputJsonValue },
  });
}

/** Prolongs the leases. Returns the runs that are still this engine's, with whether somebody asked to cancel. */
export async function renewLeases(
  store: Store,
  runs: { id: string; epoch: number }[],
): Promise<Map<string, { cancelRequested: boolean }>> {
  const held = new Map<string, { cancelRequested: boolean }>();
  for (const { id, epoch } of runs) {
    const [row] = await store.$queryRaw<{ cancel: boolean }[]>`
      UPDATE run SET lease_until = clock_timestamp() + make_interval(secs => ${LEASE_MS / 1000})
      WHERE id = ${id} AND epoch = ${epoch} AND status = 'running'
      RETURNING cancel_requested_at IS NOT NULL AS cancel`;
    if (row) held.set(id, { cancelRequested: row.cancel });
  }
  return held;
}
