/**
 * Conducts one run from wherever its record says it is to its end. Before the commit a failure goes back, undo by
 * undo; after it there is only forward. Nothing here knows what the steps do, and nothing is remembered that is
 * not in the journal, so a run that was cut off anywhere is conducted by calling this again with a new claim.
 */
import type { ClaimedRun, Journal } from "./journal.ts";
import {
  outline,
  type Plan,
  type RecordedStep,
  type Step,
  type StepContext,
  type StepDetail,
} from "./plan.ts";
import { type Clock, StaleToken } from "./ports.ts";
import { Records } from "./records.ts";
import { messageOf, patiently } from "./retry.ts";
import { Stopwatch } from "./stopwatch.ts";

export interface Conductor {
  journal: Journal;
  clock: Clock;
  /** Aborts when this engine no longer holds the run. */
  lost: AbortSignal;
  /** Whether the claim is still good by the monotonic clock: the first thing an engine asks after it slept. */
  held(): boolean;
  /** Aborts when somebody asked to cancel. */
  cancelled: AbortSignal;
}

export type Outcome = "succeeded" | "failed" | "aborted";

export const INTERRUPTED = "The engine stopped before the commit; everything was put back.";
const CANCELLED = "Cancelled before the commit.";

/** How often a best-effort step is tried after the commit. */
const BEST_EFFORT_TRIES = 5;

/** Rejects with StaleToken when another engine took over; the run is then that one's business. */
export async function conduct(run: ClaimedRun, plan: Plan, conductor: Conductor): Promise<Outcome> {
  const conducting = new Conducting(run, plan, conductor);
  await conducting.prepare();
  // A run that was cut off asks for its abort; if it is committed, the journal says so and it goes forward.
  return conducting.wasStarted()
    ? conducting.back(run.abortReason ?? INTERRUPTED, "aborted")
    : conducting.begin();
}

class Conducting {
  private readonly run: ClaimedRun;
  private readonly plan: Plan;
  private readonly conductor: Conductor;
  private readonly watch: Stopwatch;
  private readonly details = new Map<string, StepDetail>();
  /** From here on the commit may have happened without our knowing. */
  private commitAsked = false;
  private readonly records: Records;

  constructor(run: ClaimedRun, plan: Plan, conductor: Conductor) {
    this.run = run;
    this.plan = plan;
    this.conductor = conductor;
    this.watch = new Stopwatch(conductor.clock, plan.windowMs);
    this.records = new Records(conductor, this.watch);
    for (const step of run.steps) if (step.detail) this.details.set(step.name, step.detail);
  }

  async prepare(): Promise<void> {
    const steps = outline(this.plan);
    await this.records.patiently(() => this.conductor.journal.outline(this.run, steps));
    for (const [position, { name, phase }] of steps.entries()) {
      this.run.steps[position] ??= {
        position,
        name,
        phase,
        status: "pending",
        startedAt: null,
        finishedAt: null,
        detail: null,
      };
    }
    // A recovered run that is not committed may have been cut off inside its commit.
    this.commitAsked = this.run.steps[this.plan.before.length]?.status !== "pending";
  }

  wasStarted(): boolean {
    return this.run.steps.some((step) => step.status !== "pending");
  }

  async begin(): Promise<Outcome> {
    const { journal, lost, cancelled } = this.conductor;
    const context = this.context(AbortSignal.any([lost, cancelled, this.watch.deadline]));
    let begun = false;
    for (const [position, step] of this.plan.before.entries()) {
      const stop = this.reasonToStop();
      if (stop) return this.back(stop, "aborted");
      try {
        if (!begun) await this.records.soon(() => journal.started(this.run, position, 1));
        this.mark(position, { status: "running", startedAt: this.watch.date() });
        if (step.phase === "window") this.watch.startWindow();
        const detail = await this.perform(step, context);
        this.mark(position, { status: "succeeded", finishedAt: this.watch.date(), detail });
        begun = await this.pass(position, detail);
      } catch (error) {
        this.mark(position, { status: "failed" });
        await this.records.behind.catch(() => {});
        await this.records.orDefer(() => journal.failed(this.run, position, messageOf(error)));
        const stopped = this.reasonToStop();
        return this.back(stopped ?? messageOf(error), stopped ? "aborted" : "failed");
      }
    }
    return this.commit(context, begun);
  }

  /**
   * Records that a step is over and, unless there is a reason to stop, that the next one begins; returns whether. In the
   * window a guarded one does not wait for this record, only for the one before: see `mayHaveBegun`.
   */
  private async pass(position: number, detail: StepDetail | null): Promise<boolean> {
    const { journal } = this.conductor;
    const goesOn = this.reasonToStop() === null;
    const write = () => journal[goesOn ? "passed" : "succeeded"](this.run, position, detail);
    await this.records.behind;
    const written = this.records.soon(write);
    if (goesOn && this.recordedBeside(position + 1)) this.records.goOnBeside(written);
    else await written;
    if (goesOn) this.mark(position + 1, { status: "running", startedAt: this.watch.date() });
    return goesOn;
  }

  private async commit(context: StepContext, begun: boolean): Promise<Outcome> {
    const { journal } = this.conductor;
    const position = this.plan.before.length;
    try {
      if (!begun) await this.records.soon(() => journal.started(this.run, position, 1));
      this.mark(position, { status: "running", startedAt: this.watch.date() });
      await this.look(context);
    } catch (error) {
      return this.back(messageOf(error), "failed");
    }
    const stop = this.reasonToStop();
    if (stop) return this.back(stop, "aborted");
    this.commitAsked = true;
    try {
      const answer = await journal.commit(this.run, position, this.plan.change(context));
      if (answer === "refused") return this.back(CANCELLED, "aborted");
    } catch (error) {
      return this.back(`The store did not confirm the commit: ${messageOf(error)}`, "failed");
    }
    return this.forward();
  }

  /** Beside the last record; again if that took longer, as nothing may come between this look and the commit. */
  private async look(context: StepContext): Promise<void> {
    let written = false;
    const record = this.records.behind.then(() => {
      written = true;
    });
    record.catch(() => {});
    for (;;) {
      await this.plan.ready?.(context);
      if (written) return;
      await record;
    }
  }

  async forward(): Promise<Outcome> {
    const { journal, clock, lost } = this.conductor;
    this.watch.endWindow();
    const commitPosition = this.plan.before.length;
    this.mark(commitPosition, { status: "succeeded", finishedAt: this.watch.date() });
    const context = this.context(lost);
    let begun = false;
    for (const [index, step] of this.plan.after.entries()) {
      const position = commitPosition + 1 + index;
      if (this.run.steps[position]!.status === "succeeded") continue;
      const last = index === this.plan.after.length - 1;
      for (let attempt = 1; ; attempt++) {
        const told = begun
          ? Promise.resolve()
          : this.records.orDefer(() => journal.started(this.run, position, attempt));
        told.catch(() => {});
        if (!step.guarded) await told;
        if (attempt === 1) this.mark(position, { status: "running", startedAt: this.watch.date() });
        try {
          const detail = await this.perform(step, context).finally(() => told);
          this.mark(position, { status: "succeeded", finishedAt: this.watch.date(), detail });
          const write = () => journal[last ? "succeeded" : "passed"](this.run, position, detail);
          await this.records.behind;
          const written = this.records.orDefer(write);
          this.records.goOnBeside(written);
          if (!this.plan.after[index + 1]?.guarded) await written;
          begun = !last;
          break;
        } catch (error) {
          begun = false;
          this.mark(position, { status: "failed" });
          await this.records.behind;
          await this.records.orDefer(() => journal.failed(this.run, position, messageOf(error)));
          if (step.bestEffort && attempt >= BEST_EFFORT_TRIES) break;
          await clock.sleep(Math.min(5_000, 100 * 2 ** Math.min(attempt, 6)), lost).catch(() => {});
        }
      }
    }
    return this.finish("succeeded", null);
  }

  /** Undoes what was started, last first, each until it is done: a fence or a hold must never be left standing. */
  async back(reason: string, outcome: "failed" | "aborted"): Promise<Outcome> {
    const { journal, clock, lost } = this.conductor;
    this.watch.endWindow();
    await this.records.behind.catch(() => {});
    const abort = () => journal.abort(this.run, reason);
    // With a commit in doubt the store's word comes before any undo; without one, visitors come before the record.
    const answer = this.commitAsked ? await this.records.patiently(abort) : await this.records.orDefer(abort);
    if (answer === "committed") return this.forward();
    const context = this.context(lost);
    for (const [position, step] of [...this.plan.before.entries()].reverse()) {
      const { status } = this.run.steps[position]!;
      if (!step.undo || status === "undone") continue;
      if (status === "pending" && !this.mayHaveBegun(position)) continue;
      await this.records.orDefer(() => journal.undoing(this.run, position));
      const undo = async () => {
        this.assertHeld();
        await step.undo?.(context);
      };
      await patiently(undo, {
        clock,
        signal: lost,
        onError: (error) =>
          journal.event(this.run, "undo-failed", { step: step.name, error: messageOf(error) }),
      });
      this.mark(position, { status: "undone" });
      await this.records.orDefer(() => journal.undone(this.run, position));
    }
    return this.finish(outcome, reason);
  }

  /** Visitors wait in a window; so one that can do no harm is begun while the record says so. The commit only looks. */
  private recordedBeside(position: number): boolean {
    const { before } = this.plan;
    if (before[position - 1]?.phase !== "window") return false;
    return position === before.length || before[position]!.guarded === true;
  }

  /** Of a step that is pending by its record, which is behind what was done by one at most. */
  private mayHaveBegun(position: number): boolean {
    return this.recordedBeside(position) && this.run.steps[position - 1]!.status === "running";
  }

  private async finish(outcome: Outcome, error: string | null): Promise<Outcome> {
    await this.records.catchUp();
    const receipt = outcome === "succeeded" ? (this.plan.receipt?.(this.run.steps) ?? null) : null;
    await this.records.patiently(() => this.conductor.journal.finish(this.run, outcome, { error, receipt }));
    return outcome;
  }

  /** Observe, then act. */
  private async perform(step: Step, context: StepContext): Promise<StepDetail | null> {
    this.assertHeld();
    if (await step.done?.(context)) return this.details.get(step.name) ?? null;
    const detail = (await step.act(context)) ?? null;
    if (detail) this.details.set(step.name, detail);
    return detail;
  }

  /** Not every place that steps reach knows tokens; whoever may have been replaced keeps its hands still. */
  private assertHeld(): void {
    if (!this.conductor.held()) throw new StaleToken("Another engine took over.");
  }

  private mark(position: number, change: Partial<RecordedStep>): void {
    Object.assign(this.run.steps[position]!, change);
  }

  private reasonToStop(): string | null {
    if (this.conductor.cancelled.aborted) return CANCELLED;
    return this.watch.remainingMs() <= 0 ? `The window's deadline of ${this.plan.windowMs} ms passed.` : null;
  }

  private context(signal: AbortSignal): StepContext {
    const { run, conductor } = this;
    return {
      runId: run.id,
      token: run.epoch,
      signal,
      remainingMs: () => this.watch.remainingMs(),
      detail: (step) => this.details.get(step),
      progress: (data) => conductor.journal.event(run, "progress", data),
      log: (line) => conductor.journal.event(run, "log", { line }),
    };
  }
}
