/** The engine's journal in the store. Every write is conditional on the run's epoch; see lib/engine/journal.ts. */
import type { ClaimedRun, CommitAnswer, Journal } from "#lib/engine/journal.ts";
import type { Change } from "#lib/engine/plan.ts";
import { StaleToken } from "#lib/engine/ports.ts";
import { commitChange, needsMore, prepareChange } from "./apply-change.ts";
import type { Store, StoreTransaction } from "./client.ts";

type Json = Record<string, unknown> | null;

const LIMITS = { maxWait: 5_000, timeout: 10_000 };

export function createJournal(store: Store): Journal {
  return {
    async outline(run, steps) {
      await guarded(store, run, async (tx) => {
        await tx.runStep.createMany({
          data: steps.map(({ name, phase }, position) => ({ runId: run.id, position, name, phase })),
          skipDuplicates: true,
        });
        await addEvent(tx, run.id, "planned", { steps: steps.map((step) => step.name) });
      });
    },
    started: (run, position, attempt) => record(store, run, [begun(run, position, attempt)]),
    succeeded: (run, position, detail) => record(store, run, [over(run, position, detail)]),
    passed: (run, position, detail) =>
      record(store, run, [over(run, position, detail), begun(run, position + 1, 1)]),
    failed: (run, position, error) =>
      record(store, run, [{ ...told(run, position, "step-failed", { error }), status: "failed", error }]),
    undoing: (run, position) =>
      record(store, run, [{ ...told(run, position, "step-undoing"), status: "undoing" }]),
    undone: (run, position) =>
      record(store, run, [{ ...told(run, position, "step-undone"), status: "undone" }]),
    commit: (run, position, change) => commit(store, run, position, change),
    abort: (run, reason) => abort(store, run, reason),
    async finish(run, status, { error, receipt }) {
      await guarded(store, run, async (tx) => {
        await tx.$executeRaw`UPDATE run SET status = ${status}::"RunStatus", finished_at = clock_timestamp(),
          lease_until = NULL, engine_key = NULL, error = ${error}, receipt = ${json(receipt)}::jsonb
          WHERE id = ${run.id}`;
        await addEvent(tx, run.id, "finished", { status, error });
        await notify(tx, "signalbox_runs", run.id);
      });
    },
    event(run, type, data) {
      guarded(store, run, (tx) => addEvent(tx, run.id, type, data)).catch(() => {});
    },
  };
}

/**
 * The point of no return: the run's commit and the change it stands for, in one transaction or not at all. Visitors wait
 * for that of a switch, which is one statement; what other changes need besides goes before it.
 */
async function commit(
  store: Store,
  run: ClaimedRun,
  position: number,
  change: Change,
): Promise<CommitAnswer> {
  if (!needsMore(change)) return answerOf(run, await again(() => commitChange(store, run, position, change)));
  try {
    return await store.$transaction(async (tx) => {
      if (!(await prepareChange(tx, run, change))) throw stale(run);
      const answer = answerOf(run, await commitChange(tx, run, position, change));
      if (answer === "refused") throw new Refused();
      return answer;
    }, LIMITS);
  } catch (error) {
    if (error instanceof Refused) return "refused";
    throw error;
  }
}

/** Takes back what was prepared. */
class Refused extends Error {}

function answerOf(run: ClaimedRun, taken: boolean | null): CommitAnswer {
  if (taken === null) throw stale(run);
  return taken ? "committed" : "refused";
}

async function abort(store: Store, run: ClaimedRun, reason: string): Promise<"aborted" | "committed"> {
  return guarded(store, run, async (tx, row) => {
    if (row.committed_at !== null) return "committed";
    if (row.abort_reason === null) {
      await tx.$executeRaw`UPDATE run SET abort_reason = ${reason} WHERE id = ${run.id}`;
      await addEvent(tx, run.id, "aborting", { reason });
    }
    return "aborted";
  });
}

/** One step's new state and the event that tells of it. */
interface StepRecord {
  position: number;
  status: "running" | "succeeded" | "failed" | "undoing" | "undone";
  attempt?: number;
  detail?: Json;
  error?: string;
  type: string;
  data: Record<string, unknown>;
}

const told = (run: ClaimedRun, position: number, type: string, data: Record<string, unknown> = {}) => ({
  position,
  type,
  data: { position, step: run.steps[position]?.name ?? null, ...data },
});

const begun = (run: ClaimedRun, position: number, attempt: number): StepRecord => ({
  ...told(run, position, "step-started", { attempt }),
  status: "running",
  attempt,
});

const over = (run: ClaimedRun, position: number, detail: Json): StepRecord => ({
  ...told(run, position, "step-succeeded"),
  status: "succeeded",
  detail,
});

/**
 * Steps and their events, if this claim is still the newest: one statement, as visitors wait for each of them in a
 * window. A step keeps when it was begun first, and one that is undone when it had ended.
 */
async function record(store: Store, run: ClaimedRun, records: StepRecord[]): Promise<void> {
  const numbered = JSON.stringify(records.map((one, index) => ({ n: index + 1, ...one })));
  const rows = await again(
    () => store.$queryRaw<unknown[]>`
      WITH mine AS (
        SELECT id FROM run WHERE id = ${run.id} AND epoch = ${run.epoch} AND status = 'running' FOR UPDATE
      ), given AS (
        SELECT * FROM jsonb_to_recordset(${numbered}::jsonb) AS given
          (n int, position int, status text, attempt int, detail jsonb, error text, type text, data jsonb)
      ), step AS (
        UPDATE run_step SET status = given.status::"StepStatus",
               attempt = COALESCE(given.attempt, run_step.attempt),
               error = CASE WHEN given.status IN ('running', 'succeeded', 'failed') THEN given.error ELSE run_step.error END,
               detail = CASE WHEN given.status = 'succeeded' THEN given.detail ELSE run_step.detail END,
               started_at = CASE WHEN given.status = 'running' THEN COALESCE(started_at, clock_timestamp())
                                 ELSE started_at END,
               finished_at = CASE WHEN given.status IN ('succeeded', 'failed') THEN clock_timestamp()
                                  WHEN given.status = 'undone' THEN COALESCE(finished_at, clock_timestamp())
                                  ELSE finished_at END
          FROM mine, given WHERE run_step.run_id = mine.id AND run_step.position = given.position
      ), event AS (
        INSERT INTO run_event (run_id, seq, at, type, data)
        SELECT mine.id, given.n + (SELECT COALESCE(MAX(seq), 0) FROM run_event WHERE run_id = ${run.id}),
               clock_timestamp(), given.type, given.data FROM mine, given
      )
      SELECT pg_notify('signalbox_events', id)::text FROM mine`,
  );
  if (rows.length === 0) throw stale(run);
}

/** A statement that waited for the run's row still sees the events as they were before: the next one sees the new one. */
async function again<T>(write: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await write();
    } catch (error) {
      if (tries >= MOST_TRIES || !isNumberTaken(error)) throw error;
    }
  }
}

/** Progress is told a few times a second at most, beside the steps. */
const MOST_TRIES = 20;

const isNumberTaken = (error: unknown): boolean => {
  const { code, meta } = error as { code?: string; meta?: { code?: string } };
  return code === "P2002" || (code === "P2010" && meta?.code === "23505") || /23505/.test(String(error));
};

const stale = (run: ClaimedRun) => new StaleToken(`Run ${run.id} is no longer this engine's.`);

interface GuardedRow {
  committed_at: Date | null;
  abort_reason: string | null;
}

/** Takes the run's row for as long as the transaction lasts, if this claim is still the newest. */
async function guarded<T>(
  store: Store,
  run: ClaimedRun,
  write: (tx: StoreTransaction, row: GuardedRow) => Promise<T>,
): Promise<T> {
  return store.$transaction(async (tx) => {
    const rows = await tx.$queryRaw<GuardedRow[]>`SELECT committed_at, abort_reason FROM run
      WHERE id = ${run.id} AND epoch = ${run.epoch} AND status = 'running' FOR UPDATE`;
    const [row] = rows;
    if (!row) throw stale(run);
    return write(tx, row);
  }, LIMITS);
}

/** Numbered per run; the row lock of `guarded` makes the next number ours. */
async function addEvent(
  tx: StoreTransaction,
  runId: string,
  type: string,
  data: Record<string, unknown>,
): Promise<void> {
  await tx.$queryRaw`
    WITH event AS (
      INSERT INTO run_event (run_id, seq, at, type, data)
      SELECT ${runId}, COALESCE(MAX(seq), 0) + 1, clock_timestamp(), ${type}, ${json(data)}::jsonb
        FROM run_event WHERE run_id = ${runId}
    )
    SELECT pg_notify('signalbox_events', ${runId})::text`;
}

const notify = (tx: StoreTransaction, channel: string, payload: string) =>
  tx.$executeRaw`SELECT pg_notify(${channel}, ${payload})`;

const json = (value: Json | undefined) => (value == null ? null : JSON.stringify(value));
