/** What an operator can tune per app, with the defaults. Milliseconds. */
import { z } from "zod";

const GiB = 1024 ** 3;
/** As many as a slot's block has ports for, beside the spare one. */
export const WEB_INSTANCES = { min: 1, max: 9 };

const ms = (value: number, max = 3_600_000) => z.number().int().min(0).max(max).default(value);

export const appSettingsSchema = z.strictObject({
  /** From the hold to the commit; past it the swap aborts and live serves on. */
  windowMs: ms(30_000),
  /** How long the gate goes on holding after the window's deadline, for the abort to finish. */
  holdSpareMs: ms(5_000),
  /** How long after `holdUntil` an engine's lock counts as absent even if nobody removed it. */
  expireSpareMs: ms(10_000),
  drainMs: ms(10_000),
  /** How long contents are compared before a swap at most. */
  verifyMs: ms(600_000, 86_400_000),
  /** SIGTERM to SIGKILL. */
  stopGraceMs: ms(10_000),
  healthTimeoutMs: ms(60_000),
  healthGoodAnswers: z.number().int().min(1).max(20).default(3),
  /** How long a release may be asked for its `warm` paths before a switch. */
  warmMs: ms(10_000, 600_000),
  buildTimeoutMs: ms(1_800_000, 7_200_000),
  releaseTimeoutMs: ms(600_000, 7_200_000),
  /** Of one-off commands. */
  jobTimeoutMs: ms(3_600_000, 86_400_000),
  keepReleases: z.number().int().min(2).max(50).default(5),
  /** Of all of an app's releases together; older ones go first, those that are needed stay. Bytes. */
  keepReleaseBytes: z
    .number()
    .int()
    .min(0)
    .default(10 * GiB),
  /** What the disk must have left after a release was installed, and until then older ones go. Bytes. */
  minFreeBytes: z
    .number()
    .int()
    .min(0)
    .default(GiB / 2),
  /** Web processes per slot. */
  webInstances: z.number().int().min(WEB_INSTANCES.min).max(WEB_INSTANCES.max).default(1),
  limits: z
    .strictObject({
      /** Headers with the first line. Node's own parser stops at 64 KiB. */
      headerBytes: z.number().int().min(1_024).max(65_536).default(16_384),
      /** Null: any size. */
      bodyBytes: z.number().int().min(0).nullable().default(null),
      /** Without a byte either way while the slot has the request; 0: for ever. */
      idleMs: ms(0, 86_400_000),
      /** From the slot having the request to the end of its answer, streams excepted; 0: for ever. */
      totalMs: ms(0, 86_400_000),
    })
    .prefault({}),
  /** What makes the engine go back by itself after a swap that turned out bad; `lossless`: only if nothing is lost. */
  autoRollback: z.enum(["off", "lossless"]).default("off"),
  /** How visitors' errors and waits after a swap are held against those before it; see docs/decisions/watch.md. */
  watch: z
    .strictObject({
      /** From the end of the window. */
      forMs: z.number().int().min(60_000).max(86_400_000).default(600_000),
      /** What comes so soon after the window says nothing. */
      graceMs: ms(10_000, 600_000),
      /** Fewer say nothing, before as after. */
      minRequests: z.number().int().min(20).max(100_000).default(50),
      /** Fewer failures of a hundred are never bad. */
      errorPercent: z.number().int().min(1).max(100).default(2),
      /** So many times the share that failed before is bad. */
      errorRatio: z.number().int().min(1).max(100).default(3),
      /** So many times the p95 from before is bad, unless it is below the floor. */
      p95Ratio: z.number().int().min(2).max(100).default(3),
      p95FloorMs: z.number().int().min(10).max(30_000).default(250),
      /** Looks (every two seconds) that must find it bad one after another before the engine goes back by itself. */
      looks: z.number().int().min(3).max(1_000).default(5),
    })
    .prefault({}),
});

export type AppSettings = z.infer<typeof appSettingsSchema>;

export const appSettings = (stored: unknown): AppSettings => appSettingsSchema.parse(stored ?? {});
