/** What is kept of a watch, so that the cockpit shows it and the next engine goes on with it. */
import { z } from "zod";
import type { Tally } from "./tally.ts";

const count = z.number();
const tally: z.ZodType<Tally> = z.object({
  requests: count,
  failed: count,
  writes: count,
  writesFailed: count,
  latencies: z.array(count),
});

export const watchState = z.object({
  /** The verb of the run that made the slot live. */
  kind: z.string(),
  release: z.object({ id: z.string(), version: z.string() }),
  /** When the window was over, and until when it is watched. ISO dates by the store's clock. */
  since: z.string(),
  until: z.string(),
  /** Of the slot that was live, in the last minutes before the hold. */
  before: tally,
  /** Of the slot that is live, in the last minute or as far back as there are enough to say something. */
  after: tally,
  verdict: z.enum(["calm", "worse", "bad"]).nullable(),
  reasons: z.array(z.string()),
  /** How many looks with new requests found it bad, one after another. */
  badLooks: count,
  /** The run by which the engine went back, or tried to. */
  automaticRun: z.string().nullable(),
});

export type WatchState = z.infer<typeof watchState>;

/** Null where there is none, or one that another Signalbox has written. */
export function readWatchState(stored: unknown): WatchState | null {
  const parsed = watchState.safeParse(stored);
  return parsed.success ? parsed.data : null;
}
