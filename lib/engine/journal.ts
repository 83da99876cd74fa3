/**
 * What the engine needs of the store to be durable. Every write carries the run's epoch and rejects with
 * StaleToken when a later claim raised it. `commit` and `abort` exclude each other: whichever is recorded first
 * wins, and the other says so. That also settles a commit in doubt: ask for the abort and read the answer.
 */
import type { Phase } from "./model.ts";
import type { Change, RecordedStep, StepDetail } from "./plan.ts";

export interface ClaimedRun {
  id: string;
  app: string;
  kind: string;
  input: Record<string, unknown>;
  /** Name of whoever asked. */
  requestedBy: string;
  /** The fencing token of this claim. */
  epoch: number;
  /** Set once the run goes back. */
  abortReason: string | null;
  steps: RecordedStep[];
}

export type CommitAnswer =
  | "committed"
  /** An operator's cancel, or an abort, was recorded first. */
  | "refused";

export interface Journal {
  /** Records the plan's steps as pending; keeps what is recorded already. */
  outline(run: ClaimedRun, steps: { name: string; phase: Phase }[]): Promise<void>;
  started(run: ClaimedRun, position: number, attempt: number): Promise<void>;
  succeeded(run: ClaimedRun, position: number, detail: StepDetail | null): Promise<void>;
  /** `succeeded`, and the next step `started`, as one record: visitors wait for each of them in a window. */
  passed(run: ClaimedRun, position: number, detail: StepDetail | null): Promise<void>;
  failed(run: ClaimedRun, position: number, error: string): Promise<void>;
  undoing(run: ClaimedRun, position: number): Promise<void>;
  undone(run: ClaimedRun, position: number): Promise<void>;
  /** The one point of no return. Rejects with anything but StaleToken: in doubt. */
  commit(run: ClaimedRun, position: number, change: Change): Promise<CommitAnswer>;
  /** Records that the run goes back, unless it is committed. */
  abort(run: ClaimedRun, reason: string): Promise<"aborted" | "committed">;
  finish(
    run: ClaimedRun,
    status: "succeeded" | "failed" | "aborted",
    end: { error: string | null; receipt: StepDetail | null },
  ): Promise<void>;
  /** Progress and log lines for those who watch; must not fail the run. */
  event(run: ClaimedRun, type: string, data: StepDetail): void;
}
