/** What the engine last saw of a slot, as it keeps it in `slot.observed` (JSON). */
import { z } from "zod";

export const observedSlotSchema = z.object({
  processes: z.array(
    z.object({
      process: z.string(),
      state: z.enum(["running", "backing-off", "stopped"]),
      pid: z.number().int().nullable(),
      /** ISO date. */
      startedAt: z.string().nullable(),
      restarts: z.number().int(),
      /** Share of one core; null when it was not measured. */
      cpu: z.number().nullable(),
      rssBytes: z.number().nullable(),
      /** Runs with other variables than it would be started with now. */
      outdated: z.boolean().default(false),
    }),
  ),
  /** Null when the slot has no data or it could not be looked at. */
  data: z.object({ bytes: z.number(), tables: z.number(), rows: z.number() }).nullable(),
  /** Of a slot that is fed: FeedStatus in lib/engine/ports.ts, and when it was so (ISO date). */
  feed: z
    .object({
      state: z.enum(["none", "starting", "running", "stopped", "lost"]),
      reason: z.string().nullable(),
      lagMs: z.number().nullable(),
      lagRows: z.number().nullable().default(null),
      lagBytes: z.number().nullable(),
      retainedBytes: z.number().nullable(),
      schemaChanges: z.array(z.string()),
      at: z.string(),
    })
    .nullable()
    .default(null),
});

export type ObservedSlot = z.infer<typeof observedSlotSchema>;

/** Null for what an older or a newer engine wrote in a shape that this one does not know. */
export const readObserved = (stored: unknown): ObservedSlot | null =>
  observedSlotSchema.safeParse(stored).data ?? null;
