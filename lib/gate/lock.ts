/** The maintenance lock's content. Its existence is what counts; the JSON only refines it. */
import { z } from "zod";

/** Epoch milliseconds or an ISO date, read as epoch milliseconds. */
const instant = z.union([
  z.number().finite(),
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
]);

export const lockSchema = z.object({
  /** Whose hold it is; only the engine writes it. */
  runId: z.string().optional(),
  /** The fencing token it was written with; a replaced engine's lower one can't remove it. */
  token: z.number().int().nonnegative().optional(),
  app: z.string().optional(),
  /** Shown to visitors. */
  message: z.string().max(2000).optional(),
  /** Until then requests wait; from then on they get 503. */
  holdUntil: instant.optional(),
  /** The live slot stays up and readable: what only reads goes on if the app asked for that. The engine's only. */
  readsGoOn: z.boolean().optional(),
  /** From then on the lock counts as absent. Without it the lock is a person's and lasts. */
  expiresAt: instant.optional(),
  /** Seconds, for the Retry-After header. */
  retryAfter: z.number().int().min(0).max(86_400).optional(),
  /** The engine writes whole seconds and gives the file the same mtime: a later mtime is a person's touch. */
  createdAt: instant.optional(),
});

export type Lock = z.infer<typeof lockSchema>;
