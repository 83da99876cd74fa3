/** A run's events as they come; ends when the run is finished and all is told. */
import type { OperationContext } from "../context.ts";
import type { EventView } from "../views.ts";
import type { LiveFeed } from "./live.ts";
import { getRun, runEvents } from "./runs.ts";

/** Also looks by itself now and then, should word of a change be lost. */
const LOOK_MS = 2_000;

/** Begins after `afterSeq`. Throws `not-found`; needs viewer. */
export async function* followRun(
  context: OperationContext,
  live: LiveFeed,
  runId: string,
  afterSeq: number,
  signal: AbortSignal,
): AsyncGenerator<EventView> {
  const done = new AbortController();
  const stop = () => done.abort();
  signal.addEventListener("abort", stop, { once: true });
  const feed = live.subscribe({ run: runId }, done.signal);
  try {
    let last = afterSeq;
    let news = feed.next();
    while (!signal.aborted) {
      const look = new Promise<"look">((resolve) => setTimeout(resolve, LOOK_MS, "look").unref());
      const what = await Promise.race([news, look]);
      if (what !== "look") {
        if (what.done) return;
        news = feed.next();
      }
      // Finished is read first: events that were written before it are then all there.
      const over = (await getRun(context, runId)).finishedAt !== null;
      for (;;) {
        const events = await runEvents(context, runId, last);
        for (const event of events) {
          last = event.seq;
          yield event;
        }
        if (events.length < 1_000) break;
      }
      if (over) return;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}
