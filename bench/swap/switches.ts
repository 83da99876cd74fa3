/** The switches themselves: back and forth while visitors come, some of them while a request runs for long. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RunView } from "#lib/operations/views.ts";
import { stepStart } from "../day/api.ts";
import { SHOP } from "../day/shop.ts";
import { now } from "../ledger/ledger.ts";
import type { Range } from "../load/samples.ts";
import { succeeded, untilReady } from "./acts.ts";
import type { Mode } from "./mode.ts";
import type { Stage } from "./stage.ts";
import type { Hold } from "./stall.ts";
import type { Visitors } from "./visitors.ts";

/** A slow upload: what the load calls it, how long it takes to arrive, and how often one begins. */
export const SLOW = { kind: "slow upload", ms: 1_500, everyMs: 400 };
/** Those that were under way when a run ended are answered by then. */
const SETTLE_MS = 500;
const FEED_PATIENCE_MS = 120_000;

export interface Switched {
  run: RunView;
  hold: Hold;
  /** From when it was asked for to when what it left behind was answered. */
  range: Range;
  /** Visitors with a slow line were about when it came. */
  slow: boolean;
}

/**
 * Which of the switches meet a slow request: `swaps` of them don't, about a tenth more do. Their number is odd, so
 * that the last of alternating ones is a swap.
 */
export function planSwitches(swaps: number): boolean[] {
  const least = Math.max(1, Math.round(swaps / 10));
  const slow = (swaps + least) % 2 === 0 ? least + 1 : least;
  const all = swaps + slow;
  return Array.from(
    { length: all },
    (_, index) => Math.floor(((index + 1) * slow) / all) > Math.floor((index * slow) / all),
  );
}

/** Adds each switch to `done`; rejects at the first one that does not succeed. */
export async function makeSwitches(
  { api, act }: Stage,
  visitors: Visitors,
  options: {
    mode: Mode;
    plan: boolean[];
    pauseMs: number;
    signal: AbortSignal;
    say(line: string): void;
    done: Switched[];
  },
): Promise<void> {
  const { mode, plan, done } = options;
  for (const [index, slow] of plan.entries()) {
    const verb = mode.verb(index);
    await untilReady(api, (app) => mode.notReady(app, verb), FEED_PATIENCE_MS);
    options.signal.throwIfAborted();
    const lane = slow ? slowLane(visitors) : null;
    const from = now();
    try {
      const run = await succeeded(api, verb);
      await sleep(SETTLE_MS);
      const { live } = await api.app(SHOP.app);
      if (live !== run.receipt?.to) throw new Error(`the ${verb} succeeded and ${live} is live`);
      done.push({ run, hold: holdOf(run), range: { from, to: now() }, slow });
      const { windowMs, longestWaitMs, requestsHeld } = run.receipt;
      options.say(
        `${index + 1} of ${plan.length}: ${verb} to ${live}${slow ? " beside slow requests" : ""}, window ${windowMs} ms, ` +
          `${requestsHeld} requests held, ${Math.round(longestWaitMs ?? 0)} ms at most`,
      );
    } finally {
      clearInterval(lane ?? undefined);
    }
    await sleep(options.pauseMs);
    if (index + 1 < plan.length) await mode.between(act);
  }
}

function slowLane(visitors: Visitors): NodeJS.Timeout {
  visitors.slowUpload(SLOW.ms);
  return setInterval(() => visitors.slowUpload(SLOW.ms), SLOW.everyMs);
}

function holdOf(run: RunView): Hold {
  const from = stepStart(run, "hold");
  const released = run.steps.find(({ name }) => name === "release")?.finishedAt;
  if (from === null || !released) throw new Error(`run ${run.id} does not say when it held and released`);
  return { from, to: Date.parse(released) };
}
