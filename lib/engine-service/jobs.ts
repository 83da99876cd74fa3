/**
 * Cron entries and one-off commands: run in the live slot, one time each, and never while a run may take the slot's
 * data away from under them. A job lives in this engine; if the engine dies, the next one ends it and says so.
 */
import type { Home } from "#lib/config/home.ts";
import { CommandFailed, Refusal } from "#lib/engine/ports.ts";
import { messageOf, patiently } from "#lib/engine/retry.ts";
import { type Jobs, releaseIn, specOf, type Worlds } from "#lib/engine/world.ts";
import type { Logger } from "#lib/observability/log.ts";
import type { Store } from "#lib/store/client.ts";
import type { Job } from "#lib/store/generated/client.ts";
import { jobCommand } from "#lib/store/job-command.ts";
import { readFacts } from "#lib/store/read-facts.ts";
import { CronCalendar, keptWaiting } from "./cron-calendar.ts";
import { openOutput, pruneOutput } from "./job-output.ts";
import type { EngineSession } from "./session.ts";

export interface JobServiceOptions {
  store: Store;
  session: Pick<EngineSession, "held">;
  worlds: Worlds;
  home: Home;
  log: Logger;
}

const TICK_MS = 1_000;
/** Of an app, with what they said. */
const KEPT = 200;
const PRUNE_EVERY = 300;

interface Running {
  app: string;
  name: string;
  ending: AbortController;
  done: Promise<void>;
}

interface Outcome {
  status: "succeeded" | "failed" | "aborted";
  exitCode: number | null;
  error: string | null;
}

export class JobService implements Jobs {
  private readonly options: JobServiceOptions;
  private readonly running = new Map<string, Running>();
  private readonly calendar: CronCalendar;
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | null = null;
  private again = false;
  private stopping = false;
  private ticks = 0;

  constructor(options: JobServiceOptions) {
    this.options = options;
    this.calendar = new CronCalendar(options.store);
  }

  /** Ends what an engine that is gone left as running: its commands were ended when the runtime was made. */
  async start(): Promise<void> {
    await this.options.store.job.updateMany({
      where: { status: "running" },
      data: {
        status: "failed",
        finishedAt: new Date(),
        error: "The engine stopped while it ran; it was ended.",
      },
    });
    this.timer = setInterval(() => this.look(), TICK_MS);
  }

  /** Jobs end with their engine. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.working;
    for (const { ending } of this.running.values()) ending.abort(new Error("The engine stopped."));
    await Promise.all([...this.running.values()].map(({ done }) => done));
  }

  /** Something may be new: a job, a cancel, a minute. */
  look(): void {
    this.again = true;
    this.working ??= this.round().finally(() => {
      this.working = null;
      if (this.again && !this.stopping) this.look();
    });
  }

  async settle(app: string, { graceMs, reason, signal }: Parameters<Jobs["settle"]>[1]): Promise<string[]> {
    const jobs = [...this.running.values()].filter((job) => job.app === app);
    if (jobs.length === 0) return [];
    const all = Promise.all(jobs.map(({ done }) => done));
    const waiting = new AbortController();
    await Promise.race([
      all,
      this.options.worlds.clock.sleep(graceMs, AbortSignal.any([waiting.signal, signal])).catch(() => {}),
    ]);
    waiting.abort();
    signal.throwIfAborted();
    for (const { ending } of jobs) ending.abort(new Error(reason));
    await all;
    return jobs.map(({ name }) => name);
  }

  private async round(): Promise<void> {
    const { store, session, log } = this.options;
    this.again = false;
    if (this.stopping || !session.held()) return;
    try {
      await this.cancel();
      await this.calendar.enterDue();
      const queued = await store.job.findMany({
        where: { status: "queued" },
        orderBy: { requestedAt: "asc" },
        include: { app: { select: { name: true } } },
      });
      for (const { app, ...job } of queued) {
        if (this.stopping) return;
        await this.begin(app.name, job);
      }
      if (this.ticks++ % PRUNE_EVERY === 0) await this.prune();
    } catch (error) {
      log.warn({ error: messageOf(error) }, "could not look after the jobs");
    }
  }

  private async cancel(): Promise<void> {
    const ids = [...this.running.keys()];
    if (ids.length === 0) return;
    const asked = await this.options.store.job.findMany({
      where: { id: { in: ids }, cancelRequestedAt: { not: null } },
      select: { id: true },
    });
    for (const { id } of asked) this.running.get(id)?.ending.abort(new Error("Cancelled."));
  }

  /** Takes it, unless a run that it must wait for is on: whoever asks for one waits for the same row. */
  private async begin(app: string, job: Job): Promise<void> {
    const { store, worlds } = this.options;
    const facts = await readFacts(store, app);
    const { live } = facts;
    const why = live === null ? "Nothing is live." : facts.slots[live].paused ? `${live} is paused.` : null;
    if (live === null || why !== null) {
      await store.job.updateMany({
        where: { id: job.id, status: "queued" },
        data: { status: "aborted", finishedAt: new Date(), error: why },
      });
      return;
    }
    const world = await worlds.of(app);
    const ending = new AbortController();
    let resolve = () => {};
    const done = new Promise<void>((settled) => {
      resolve = settled;
    });
    // Before the row says so: a run that begins directly after finds it here.
    this.running.set(job.id, { app, name: job.name, ending, done });
    const finish = () => {
      this.running.delete(job.id);
      resolve();
      this.look();
    };
    const release = releaseIn(facts, live);
    try {
      const taken = await store.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT id FROM app WHERE name = ${app} FOR UPDATE`;
        if (await keptWaiting(tx, job.appId)) return 0;
        const { count } = await tx.job.updateMany({
          where: { id: job.id, status: "queued" },
          data: { status: "running", startedAt: new Date(), slot: live, releaseId: release.id },
        });
        return count;
      });
      if (taken === 0) return finish();
    } catch (error) {
      finish();
      throw error;
    }
    void this.conduct(job, ending.signal, async (onLog) => {
      const spec = await specOf(world, facts, live, release);
      const entry = release.manifest.cron?.[job.name];
      await world.runtime.runOnce(
        { ...spec, env: { ...spec.env, SIGNALBOX_JOB: job.name } },
        jobCommand(job.command),
        {
          onLog,
          signal: ending.signal,
          timeoutMs: job.kind === "cron" ? (entry?.timeout ?? 3_600) * 1_000 : facts.tuning.jobTimeoutMs,
          graceMs: facts.tuning.stopGraceMs,
          log: job.kind === "cron" ? `cron.${job.name}` : "run",
        },
      );
    }).finally(finish);
  }

  private async conduct(
    job: Job,
    signal: AbortSignal,
    run: (onLog: (line: string) => void) => Promise<void>,
  ): Promise<void> {
    const { store, home, worlds, log } = this.options;
    const app = this.running.get(job.id)!.app;
    let outcome: Outcome = { status: "succeeded", exitCode: 0, error: null };
    try {
      const output = await openOutput(home, app, job.id);
      try {
        await run((line) => output.write(line));
      } finally {
        await output.close();
      }
    } catch (error) {
      const exitCode = error instanceof CommandFailed ? error.exitCode : null;
      outcome = { status: signal.aborted ? "aborted" : "failed", exitCode, error: wordsOf(error) };
    }
    log.info({ app, job: job.id, name: job.name, ...outcome }, "job ended");
    // However long the store is away; the next engine says so if this one is gone.
    await patiently(
      () =>
        store.job.updateMany({
          where: { id: job.id, status: "running" },
          data: { ...outcome, finishedAt: new Date() },
        }),
      { clock: worlds.clock, signal: new AbortController().signal, limitMs: 15_000 },
    ).catch((error) => log.warn({ job: job.id, error: messageOf(error) }, "a job's end was not recorded"));
  }

  private async prune(): Promise<void> {
    const { store, home } = this.options;
    for (const { id, name } of await store.app.findMany({ select: { id: true, name: true } })) {
      const old = await store.job.findMany({
        where: { appId: id, finishedAt: { not: null } },
        orderBy: { requestedAt: "desc" },
        skip: KEPT,
        select: { id: true },
      });
      if (old.length > 0) await store.job.deleteMany({ where: { id: { in: old.map((job) => job.id) } } });
      const known = await store.job.findMany({ where: { appId: id }, select: { id: true } });
      await pruneOutput(home, name, new Set(known.map((job) => job.id)));
    }
  }
}

/** With what to do about it; of a command that ran and failed its last words are in its output. */
const wordsOf = (error: unknown): string =>
  error instanceof Refusal && !(error instanceof CommandFailed)
    ? `${error.message} ${error.remedy}`
    : messageOf(error);
