import type { Clock } from "../ports.ts";

/** Time that passes only when everybody waits for it. The wall clock may jump; the monotonic one never does. */
export class VirtualClock implements Clock {
  private time = 0;
  private wall = 1_700_000_000_000;
  private timers: { at: number; wake(): void }[] = [];

  monotonic(): number {
    return this.time;
  }

  now(): number {
    return this.wall + this.time;
  }

  jump(ms: number): void {
    this.wall += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = { at: this.time + ms, wake: resolve };
      this.timers.push(timer);
      signal?.addEventListener("abort", () => {
        this.timers = this.timers.filter((other) => other !== timer);
        reject(signal.reason);
      });
    });
  }

  /** Lets time pass until `promise` settles. Rejects when nothing is left that could settle it. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    promise.then(
      () => {
        settled = true;
      },
      () => {
        settled = true;
      },
    );
    for (let idle = 0; idle < 3; ) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled) return promise;
      const next = this.timers.sort((a, b) => a.at - b.at).shift();
      if (!next) {
        idle++;
        continue;
      }
      idle = 0;
      this.time = Math.max(this.time, next.at);
      if (this.time > 3_600_000) throw new Error("An hour passed and nothing came of it.");
      next.wake();
    }
    throw new Error("Everybody waits for somebody who is gone.");
  }
}
