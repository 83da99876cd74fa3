/**
 * A world for the engine to be tried in: steps with effects, a journal, and every way in which a call can go
 * wrong. It keeps its own list of violated laws; a trial is good when that list is empty at the end. Long because the
 * world, its journal and its faults are one state.
 */
import type { ClaimedRun, Journal } from "../journal.ts";
import type { Plan, Step, StepContext } from "../plan.ts";
import type { EngineModule, Fault, Shape } from "./faults.ts";
import { VirtualClock } from "./virtual-clock.ts";

interface Engine {
  id: number;
  alive: boolean;
  /** While it sleeps; all that it is at sleeps with it. */
  frozen?: Promise<void>;
}

export class Model {
  readonly clock = new VirtualClock();
  readonly violations: string[] = [];
  private readonly effects = new Set<string>();
  private highestToken = 0;
  private epoch = 0;
  private committed = false;
  private committedAt = 0;
  private windowLost = false;
  private windowStartedAt: number | null = null;
  private abortReason: string | null = null;
  private cancelled = new AbortController();
  private finished: string | null = null;
  private readonly recorded: ClaimedRun["steps"] = [];
  private pendingLate: { calls: number; apply(): void }[] = [];
  private calls = 0;
  private readonly shape: Shape;
  private readonly faults: Fault[];
  private readonly engine: EngineModule;
  private thaw: (() => void) | null = null;
  private onFrozen: (() => void) | null = null;
  private onKilled: (() => void) | null = null;

  constructor(engine: EngineModule, shape: Shape, faults: Fault[]) {
    this.engine = engine;
    this.shape = shape;
    this.faults = faults;
  }

  /** Lets engines come and go until the run has ended and nobody is left asleep; then judges. */
  async trial(): Promise<string[]> {
    const sleepers: Promise<unknown>[] = [];
    const thaws: (() => void)[] = [];
    for (let round = 0; this.finished === null; round++) {
      if (round > 50) {
        this.violations.push("the run never ends");
        return this.violations;
      }
      const engine: Engine = { id: round, alive: true };
      const gone = new Promise<"gone">((resolve) => {
        this.onFrozen = () => resolve("gone");
        this.onKilled = () => resolve("gone");
      });
      const work = this.conductOnce(engine);
      await this.clock.until(Promise.race([work, gone]));
      if (this.thaw) {
        thaws.push(this.thaw);
        sleepers.push(work);
        this.thaw = null;
      }
    }
    // Whoever slept through all of it wakes into a world without further faults.
    this.calls = this.faults.length;
    for (const wake of thaws) wake();
    for (const sleeper of sleepers) await this.clock.until(sleeper);
    for (const late of this.pendingLate) late.apply();
    this.judge();
    return this.violations;
  }

  private async conductOnce(engine: Engine): Promise<unknown> {
    this.epoch++;
    const run: ClaimedRun = {
      id: "run",
      app: "app",
      kind: "swap",
      input: {},
      requestedBy: "operator",
      epoch: this.epoch,
      abortReason: this.abortReason,
      steps: this.recorded.map((step) => ({ ...step })),
    };
    try {
      return await this.engine.conduct(run, this.plan(engine), {
        journal: this.journal(engine),
        clock: this.clock,
        lost: new AbortController().signal,
        held: () => this.epoch === run.epoch,
        cancelled: this.cancelled.signal,
      });
    } catch (error) {
      if (error instanceof this.engine.StaleToken) return "stale";
      this.violations.push(`conduct threw ${error}`);
      this.finished ??= "threw";
      return "threw";
    }
  }

  private plan(engine: Engine): Plan {
    const { before, window, after, windowMs } = this.shape;
    return {
      before: Array.from({ length: before }, (_, i) =>
        this.step(engine, `b${i}`, i >= before - window, true),
      ),
      ready: async () => {
        await this.call(engine, "ready", () => {});
        if (this.windowLost) throw new Error("the window was lost");
      },
      change: () => ({ liveSlot: "green" }),
      after: Array.from({ length: after }, (_, i) => this.step(engine, `a${i}`, false, false)),
      windowMs,
      receipt: () => ({}),
    };
  }

  private step(engine: Engine, name: string, inWindow: boolean, before: boolean): Step {
    const index = Number(name.slice(1)) + (before ? 0 : this.shape.before);
    // Stopping a process, say, has nobody at the far end who knows tokens.
    const unguarded = index % 3 === 1;
    const guard = (context: StepContext) => {
      if (unguarded) return;
      if (context.token < this.highestToken) throw new this.engine.StaleToken("replaced");
      this.highestToken = context.token;
    };
    return {
      name,
      phase: before ? (inWindow ? "window" : "before") : "after",
      guarded: !unguarded,
      done: async () => this.effects.has(name),
      act: async (context) => {
        if (inWindow) this.windowStartedAt ??= this.clock.monotonic();
        await this.clock.sleep(this.shape.stepMs[index % this.shape.stepMs.length] ?? 1);
        await this.call(engine, `${unguarded ? "unguarded " : ""}act ${name}`, () => {
          guard(context);
          if (this.effects.has(name)) this.violations.push(`${name} was done twice`);
          if (!before && !this.committed) this.violations.push(`${name} was done before the commit`);
          if (before && this.committed) this.violations.push(`${name} was done after the commit`);
          this.effects.add(name);
        });
        return { from: name };
      },
      undo: before
        ? async (context) => {
            await this.call(engine, `${unguarded ? "unguarded " : ""}undo ${name}`, () => {
              guard(context);
              if (this.committed) this.violations.push(`${name} was undone after the commit`);
              const later = [...this.effects].find((other) => other > name);
              if (later) this.violations.push(`${name} was undone under ${later}`);
              this.effects.delete(name);
            });
          }
        : undefined,
    };
  }

  private journal(engine: Engine): Journal {
    const write = (run: ClaimedRun, what: string, apply: () => void) =>
      this.call(engine, what, () => {
        if (run.epoch !== this.epoch) throw new this.engine.StaleToken("replaced");
        if (this.finished !== null) throw new this.engine.StaleToken("ended");
        apply();
      });
    const set = (position: number, change: Partial<ClaimedRun["steps"][number]>) => () => {
      Object.assign(this.recorded[position]!, change);
    };
    return {
      outline: (run, steps) =>
        write(run, "outline", () => {
          for (const [position, step] of steps.entries()) {
            this.recorded[position] ??= {
              ...step,
              position,
              status: "pending",
              startedAt: null,
              finishedAt: null,
              detail: null,
            };
          }
        }),
      started: (run, position) => write(run, `started ${position}`, set(position, { status: "running" })),
      succeeded: (run, position, detail) =>
        write(run, `succeeded ${position}`, set(position, { status: "succeeded", detail })),
      passed: (run, position, detail) =>
        write(run, `passed ${position}`, () => {
          set(position, { status: "succeeded", detail })();
          set(position + 1, { status: "running" })();
        }),
      failed: (run, position) => write(run, `failed ${position}`, set(position, { status: "failed" })),
      undoing: (run, position) => write(run, `undoing ${position}`, set(position, { status: "undoing" })),
      undone: (run, position) => write(run, `undone ${position}`, set(position, { status: "undone" })),
      commit: async (run, position) => {
        let answer: "committed" | "refused" = "refused";
        await write(run, "commit", () => {
          if (this.abortReason !== null || this.cancelled.signal.aborted) return;
          answer = "committed";
          this.committed = true;
          this.committedAt = this.clock.monotonic();
          if (this.windowLost) this.violations.push("committed although the window was lost");
          Object.assign(this.recorded[position]!, { status: "succeeded" });
        });
        return answer;
      },
      abort: async (run, reason) => {
        let answer: "aborted" | "committed" = "committed";
        await write(run, "abort", () => {
          if (this.committed) return;
          answer = "aborted";
          this.abortReason ??= reason;
        });
        return answer;
      },
      finish: (run, status) =>
        write(run, "finish", () => {
          this.finished = status;
        }),
      event: () => {},
    };
  }

  /** One call over a connection that can break, of an engine that can die or sleep. */
  private async call(engine: Engine, what: string, effect: () => void): Promise<void> {
    await engine.frozen;
    if (!engine.alive) return new Promise(() => {});
    const fault = this.faultOf(what);
    for (const late of this.pendingLate) if (--late.calls <= 0) late.apply();
    this.pendingLate = this.pendingLate.filter((late) => late.calls > 0);
    const sleep = async () => {
      const woken = new Promise<void>((resolve) => {
        this.thaw = resolve;
      });
      engine.frozen = woken;
      this.onFrozen?.();
      await woken;
    };
    switch (fault.kind) {
      case "slow":
        await this.clock.sleep(fault.ms);
        return effect();
      case "fails":
        throw new Error(`${what} failed`);
      case "answer-lost":
        effect();
        throw new Error(`${what}: connection lost`);
      case "killed":
        if (fault.after) effect();
        engine.alive = false;
        this.onKilled?.();
        return new Promise(() => {});
      case "frozen":
        if (fault.after) effect();
        await sleep();
        return fault.after ? undefined : effect();
      case "late": {
        // Carried out by a server that no longer has anyone to answer: its errors go nowhere.
        const apply = () => {
          try {
            effect();
          } catch {}
        };
        this.pendingLate.push({ calls: fault.calls, apply });
        throw new Error(`${what}: connection lost`);
      }
      case "clock-jump":
        this.clock.jump(fault.ms);
        return effect();
      case "cancel":
        this.cancelled.abort();
        return effect();
      case "window-lost":
        this.windowLost = !this.committed;
        return effect();
      default:
        return effect();
    }
  }

  private faultOf(what: string): Fault {
    const fault = this.faults[this.calls++] ?? { kind: "ok" };
    // Only the commit is sent without a guard at the far end against its own lateness: the journal must be that.
    if (fault.kind === "late" && what !== "commit") return { kind: "fails" };
    // Between the last look and the commit nothing can be seen; the durable fence is what makes that safe.
    if (fault.kind === "window-lost" && what === "commit") return { kind: "ok" };
    if (fault.kind === "frozen" && what.startsWith("unguarded")) return { kind: "frozen", after: true };
    return fault;
  }

  private judge(): void {
    const left = [...this.effects].sort().join(" ");
    const all = [
      ...Array.from({ length: this.shape.after }, (_, i) => `a${i}`),
      ...Array.from({ length: this.shape.before }, (_, i) => `b${i}`),
    ].join(" ");
    if (this.committed) {
      if (this.finished !== "succeeded") this.violations.push(`committed, and ended as ${this.finished}`);
      if (left !== all) this.violations.push(`committed, and the world is ${left}`);
      const longest = Math.max(0, ...this.shape.stepMs);
      if (
        this.windowStartedAt !== null &&
        this.committedAt - this.windowStartedAt > this.shape.windowMs + longest + 500
      ) {
        this.violations.push("committed past the deadline");
      }
    } else {
      if (this.finished === "succeeded") this.violations.push("succeeded without a commit");
      if (left !== "") this.violations.push(`not committed, and ${left} was left behind`);
    }
  }
}
