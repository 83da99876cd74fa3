/**
 * What the web process asks the engine directly, beside the store: reading what only the engine can see. JSON
 * over HTTP on a loopback port with the secret of `<home>/run/engine-<id>.json` (shape: ControlFile in
 * lib/gateway/control.ts). Acts never come this way; they are runs in the store.
 */
import { z } from "zod";
import { VERBS } from "#lib/engine/model.ts";

const slotName = z.enum(["blue", "green"]);

/** POST /<call>, body as below. */
export const engineCalls = {
  /** Looks at the real world now: gateways, processes, databases. Takes up to a few seconds. */
  preflight: z.strictObject({
    app: z.string(),
    verb: z.enum(VERBS),
    input: z.record(z.string(), z.unknown()),
  }),
  /** Whether this engine holds the lock and the store answers it. */
  working: z.strictObject({}),
  /** Answers with NDJSON, one LogLine a line, until the caller hangs up. */
  logs: z.strictObject({
    app: z.string(),
    slot: slotName,
    process: z.string().optional(),
    tail: z.number().int().min(0).max(5000),
    follow: z.boolean().default(true),
  }),
} as const;

export const finding = z.strictObject({
  code: z.string(),
  severity: z.enum(["refuse", "warn"]),
  what: z.string(),
  remedy: z.string(),
});

export const preflightAnswer = z.strictObject({
  findings: z.array(finding),
  /** Null when nothing was ever copied and the size is unknown. */
  forecast: z.strictObject({ windowMs: z.number(), dataBytes: z.number(), dataRows: z.number() }).nullable(),
  /** What a rollback would lose, measured now. */
  wayBack: z
    .strictObject({
      inserted: z.number(),
      changed: z.number(),
      deleted: z.number(),
      exact: z.boolean(),
      measuredAt: z.string(),
    })
    .nullable(),
});
export type PreflightAnswer = z.infer<typeof preflightAnswer>;

export const logLine = z.strictObject({ at: z.string(), process: z.string(), line: z.string() });
