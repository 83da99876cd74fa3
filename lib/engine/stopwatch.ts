import type { Clock } from "./ports.ts";

/** A run's time: monotonic throughout, so that a jump of the wall clock moves neither deadline nor duration. */
export class Stopwatch {
  private readonly clock: Clock;
  private readonly windowMs: number;
  private readonly wallOffset: number;
  private readonly expiry = new AbortController();
  private timer: AbortController | null = null;
  private windowStart: number | null = null;

  constructor(clock: Clock, windowMs: number) {
    this.clock = clock;
    this.windowMs = windowMs;
    this.wallOffset = clock.now() - clock.monotonic();
  }

  /** Aborts when the window's deadline passes. */
  get deadline(): AbortSignal {
    return this.expiry.signal;
  }

  get inWindow(): boolean {
    return this.windowStart !== null;
  }

  date(): Date {
    return new Date(this.wallOffset + this.clock.monotonic());
  }

  /** Starts at the first call; later ones change nothing. */
  startWindow(): void {
    if (this.windowStart !== null) return;
    this.windowStart = this.clock.monotonic();
    const timer = new AbortController();
    this.timer = timer;
    this.clock.sleep(this.windowMs, timer.signal).then(
      () => this.expiry.abort(new Error(`The window's deadline of ${this.windowMs} ms passed.`)),
      () => {},
    );
  }

  endWindow(): void {
    this.timer?.abort();
    this.windowStart = null;
  }

  /** Whole milliseconds, as timers want them. */
  remainingMs(): number {
    if (this.windowStart === null) return Number.POSITIVE_INFINITY;
    return Math.floor(this.windowMs - (this.clock.monotonic() - this.windowStart));
  }
}
