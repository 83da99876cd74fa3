/** Writes a run's records, in order, with as much patience for a store that is away as whoever waits can have. */
import { type Clock, StaleToken } from "./ports.ts";
import { patiently } from "./retry.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** How long visitors may wait for a store that is away before the window goes back without it. Milliseconds. */
const STORE_PATIENCE_MS = 2_000;

export class Records {
  /** The record that a step is over, while the next one is under way already. */
  behind: Promise<unknown> = Promise.resolve();
  /** What the store could not take while undoing. */
  private readonly backlog: (() => Promise<unknown>)[] = [];
  private readonly clock: Clock;
  private readonly lost: AbortSignal;
  private readonly watch: Stopwatch;

  constructor({ clock, lost }: { clock: Clock; lost: AbortSignal }, watch: Stopwatch) {
    this.clock = clock;
    this.lost = lost;
    this.watch = watch;
  }

  /** However long the store is away. */
  patiently<T>(write: () => Promise<T>): Promise<T> {
    return patiently(write, { clock: this.clock, signal: this.lost });
  }

  /** While nobody waits: however long. In a window: only as long as visitors may be kept waiting for a record. */
  soon<T>(write: () => Promise<T>): Promise<T> {
    const limitMs = this.watch.inWindow ? STORE_PATIENCE_MS : undefined;
    return patiently(write, { clock: this.clock, signal: this.lost, limitMs });
  }

  /** Once, in order; what the store can't take now is written with the next record, and before the run ends. */
  async orDefer<T>(write: () => Promise<T>): Promise<T | undefined> {
    this.backlog.push(write);
    try {
      let answer: unknown;
      while (this.backlog.length > 0) {
        answer = await this.backlog[0]!();
        this.backlog.shift();
      }
      return answer as T;
    } catch (error) {
      if (error instanceof StaleToken) throw error;
      return undefined;
    }
  }

  /** Whoever writes the next record awaits `behind` first, and hears there if this one failed. */
  goOnBeside(written: Promise<unknown>): void {
    this.behind = written;
    written.catch(() => {});
  }

  /** Writes what was put off, before the run ends. */
  async catchUp(): Promise<void> {
    for (const write of this.backlog) await this.patiently(write);
  }
}
