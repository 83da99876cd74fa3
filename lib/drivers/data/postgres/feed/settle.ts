/** Whether all that was committed on one side has been applied on the other: proven by a change of our own. */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { Refusal } from "#lib/engine/ports.ts";
import { abortError } from "../abort.ts";
import type { Side } from "../side.ts";
import { readPulse, writePulse } from "./control.ts";

/** Between two looks for it. It arrives within a millisecond or two when nothing else is on the way. */
const LOOK_MS = 1;

/**
 * Writes a pulse on `from` and resolves when it, or a later one, is on `to`: what was committed before it is then there too, because
 * changes are applied in the order of their commits. A position that the server reports would only say what arrived.
 * Rejects with Refusal after `timeoutMs`. `counted`: with how many
 * rows had been changed by then, for whoever reads it when no later one arrives.
 */
export async function awaitPulse(
  from: Side,
  to: Side,
  { timeoutMs, signal, counted }: { timeoutMs: number; signal: AbortSignal; counted?: boolean },
): Promise<{ ms: number }> {
  const started = performance.now();
  return await to.server.use(to.names.database, async (target) => {
    const beat = await from.server.use(from.names.database, (source) =>
      writePulse(source, from.names, { counted }),
    );
    while (!(await hasArrived(target, from, beat))) {
      if (signal.aborted) throw abortError(signal);
      if (performance.now() - started > timeoutMs) throw late(timeoutMs);
      await sleep(LOOK_MS);
    }
    return { ms: performance.now() - started };
  });
}

const hasArrived = async (target: pg.Client, from: Side, beat: number): Promise<boolean> =>
  ((await readPulse(target, from.names))?.beat ?? 0) >= beat;

const late = (timeoutMs: number) =>
  new Refusal(
    "feed-late",
    `What was written did not arrive at the other slot within ${(timeoutMs / 1000).toFixed(1)} s.`,
    "Look at the feed: it stands still, or it has much to carry. Try again when it is close behind.",
  );
