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
  /** Looks at an address and a database before they are adopted. Takes up to half a minute; changes nothing. */
  adoptionCheck: z.strictObject({
    app: z.string(),
    /** Null: not to be asked. */
    origin: z.string().nullable(),
    healthPath: z.string(),
    data: z
      .strictObject({
        url: z.string(),
        adminUrl: z.string(),
        greenUrl: z.string().optional(),
        env: z.string(),
      })
      .nullable(),
  }),
  /** Connection strings of a slot of an adopted app; for `owner` its role may log in from then on. */
  connection: z.strictObject({ app: z.string(), slot: slotName, as: z.enum(["app", "owner"]) }),
  /** Answers with NDJSON, one JobOutputLine a line, until the job is over. */
  jobOutput: z.strictObject({ app: z.string(), job: z.string() }),
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
  /** Of a switch by a feed, from the last ones. Null before the first. */
  fedForecast: z.strictObject({ windowMs: z.number(), switches: z.number() }).nullable(),
  /** What a rollback would lose, measured now. */
  wayBack: z
    .strictObject({
      inserted: z.number(),
      changed: z.number(),
      deleted: z.number(),
      exact: z.boolean(),
      lossless: z.boolean(),
      reason: z.string().nullable(),
      measuredAt: z.string(),
    })
    .nullable(),
});
export type PreflightAnswer = z.infer<typeof preflightAnswer>;

export const adoptionItem = z.strictObject({
  code: z.string(),
  severity: z.enum(["ok", "warn", "refuse"]),
  what: z.string(),
  remedy: z.string(),
  sql: z.string().nullable(),
});

const databaseShape = z
  .strictObject({
    database: z.string(),
    role: z.string(),
    owner: z.string(),
    fence: z.enum(["grants", "login"]),
  })
  .nullable();

export const adoptionAnswer = z.strictObject({
  items: z.array(adoptionItem),
  blue: databaseShape,
  green: databaseShape,
});

export const connectionAnswer = z.strictObject({
  connections: z.array(z.strictObject({ name: z.string(), url: z.string() })),
  problem: z.strictObject({ what: z.string(), remedy: z.string() }).nullable(),
});

/** What a job said, and at last how it ended. */
export const jobOutputLine = z.union([
  z.strictObject({ line: z.string() }),
  z.strictObject({
    end: z.strictObject({
      status: z.enum(["succeeded", "failed", "aborted"]),
      exitCode: z.number().nullable(),
      error: z.string().nullable(),
    }),
  }),
]);

export const logLine = z.strictObject({ at: z.string(), process: z.string(), line: z.string() });
