/** What an operator can tune per app, with the defaults. Milliseconds. */
import { z } from "zod";

const ms = (value: number, max = 3_600_000) => z.number().int().min(0).max(max).default(value);

export const appSettingsSchema = z.strictObject({
  /** From the hold to the commit; past it the swap aborts and live serves on. */
  windowMs: ms(30_000),
  /** How long the gate goes on holding after the window's deadline, for the abort to finish. */
  holdSpareMs: ms(5_000),
  /** How long after `holdUntil` an engine's lock counts as absent even if nobody removed it. */
  expireSpareMs: ms(10_000),
  drainMs: ms(10_000),
  /** SIGTERM to SIGKILL. */
  stopGraceMs: ms(10_000),
  healthTimeoutMs: ms(60_000),
  healthGoodAnswers: z.number().int().min(1).max(20).default(3),
  buildTimeoutMs: ms(1_800_000, 7_200_000),
  releaseTimeoutMs: ms(600_000, 7_200_000),
  keepReleases: z.number().int().min(2).max(50).default(5),
});

export type AppSettings = z.infer<typeof appSettingsSchema>;

export const appSettings = (stored: unknown): AppSettings => appSettingsSchema.parse(stored ?? {});
