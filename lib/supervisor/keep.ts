/** Keeps one thing running: brings it up, waits until it dies, brings it up again with back-off. */
import type { ManagedStatus } from "./status.ts";

export interface Running {
  pid: number;
  adopted: boolean;
  /** Resolves when it is gone, with how: "exit code 1", "SIGKILL". */
  gone: Promise<string>;
  /** Orderly first, by force after `graceMs` or when `force` is aborted. */
  stop(graceMs: number, force: AbortSignal): Promise<void>;
}

export interface Managed {
  name: string;
  /** Adopts or starts it and resolves when it works. Rejects, leaving nothing, when it did not come up. */
  start(signal: AbortSignal): Promise<Running>;
}

export interface Keeper {
  readonly name: string;
  readonly status: ManagedStatus;
  /** Resolves when it is up for the first time; never rejects, as trying goes on. */
  readonly up: Promise<void>;
  /** Stops it for good. */
  stop(graceMs: number, force: AbortSignal): Promise<void>;
}

const BACK_OFF_MS = { first: 250, most: 5_000 };
/** That long alive and the back-off begins anew. */
const STEADY_MS = 10_000;
/** So many deaths in a row are said to be many, and then no more. However slowly it starts, so not in a given time. */
const MANY = 5;

/** `say` gets one plain sentence per event; `changed` is called after each change of `status`. */
export function keep(managed: Managed, hooks: { say(line: string): void; changed(): void }): Keeper {
  const { name } = managed;
  const status: ManagedStatus = { state: "starting", pid: null, restarts: 0, error: null };
  const over = new AbortController();
  const up = Promise.withResolvers<void>();
  let running: Running | null = null;
  let ending: { graceMs: number; force: AbortSignal } | null = null;

  const set = (change: Partial<ManagedStatus>) => {
    Object.assign(status, change);
    hooks.changed();
  };

  const loop = async () => {
    let deaths = 0;
    let backOff = BACK_OFF_MS.first;
    let lastReason = "";
    while (!over.signal.aborted) {
      set({ state: "starting" });
      const { reason, livedMs } = await live();
      if (over.signal.aborted) return;
      if (livedMs > STEADY_MS) {
        backOff = BACK_OFF_MS.first;
        deaths = 0;
      }
      deaths += 1;
      set({ state: "backing-off", pid: null, error: reason, restarts: status.restarts + 1 });
      if (deaths === MANY) {
        hooks.say(
          `${name} died ${deaths} times in a row and is tried again every few seconds. Last reason: ${reason}`,
        );
      } else if (deaths < MANY || reason !== lastReason) {
        hooks.say(`${name} died (${reason}) and is started again in ${backOff} ms`);
      }
      lastReason = reason;
      await pause(backOff, over.signal);
      backOff = Math.min(backOff * 2, BACK_OFF_MS.most);
    }
  };

  /** One life; resolves with why it ended, and for how long it was up. */
  const live = async (): Promise<{ reason: string; livedMs: number }> => {
    const began = performance.now();
    try {
      running = await managed.start(over.signal);
    } catch (error) {
      return { reason: error instanceof Error ? error.message : String(error), livedMs: 0 };
    }
    if (ending) {
      await running.stop(ending.graceMs, ending.force);
      return { reason: "", livedMs: 0 };
    }
    set({ state: "ready", pid: running.pid, error: null });
    const upAt = performance.now();
    const ms = Math.round(upAt - began);
    hooks.say(
      running.adopted ? `${name} was running and goes on (pid ${running.pid})` : `${name} is up (${ms} ms)`,
    );
    up.resolve();
    const reason = await running.gone;
    running = null;
    return { reason, livedMs: performance.now() - upAt };
  };

  const looping = loop();
  return {
    name,
    status,
    up: up.promise,
    async stop(graceMs, force) {
      ending = { graceMs, force };
      over.abort();
      await running?.stop(graceMs, force);
      await looping;
      set({ state: "stopped", pid: null });
    },
  };
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
