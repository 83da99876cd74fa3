/** The read models (lib/operations/views.ts) as schemas, for the API's document and its test. */
import { z } from "zod";
import { VERBS } from "#lib/engine/model.ts";
import { finding } from "#lib/engine-service/control.ts";

const slot = z.enum(["blue", "green"]);
const audience = z.enum(["public", "staging"]);
const verb = z.enum(VERBS);
const instant = z.string().describe("ISO 8601 date");
const nullableInstant = instant.nullable();
const record = z.record(z.string(), z.unknown());
const count = z.number();

export const actor = z.strictObject({
  kind: z.enum(["user", "token", "cli", "system"]),
  id: z.string(),
  name: z.string(),
});

export const gateView = z.strictObject({
  state: z.enum(["open", "held", "closed"]),
  by: z.enum(["person", "engine"]).nullable(),
  message: z.string().nullable(),
  since: nullableInstant,
});

const slotView = z.strictObject({
  slot,
  role: z.enum(["live", "idle"]),
  release: z
    .strictObject({ id: z.string(), version: z.string(), createdAt: instant, createdBy: z.string() })
    .nullable(),
  dataState: z.enum(["empty", "scratch", "following", "authoritative", "resting"]),
  paused: z.boolean(),
  syncedAt: nullableInstant,
  observedAt: nullableInstant,
  processes: z.array(
    z.strictObject({
      process: z.string(),
      state: z.enum(["running", "backing-off", "stopped"]),
      pid: count.nullable(),
      startedAt: nullableInstant,
      restarts: count,
      cpu: count.nullable(),
      rssBytes: count.nullable(),
      outdated: z.boolean(),
    }),
  ),
  data: z.strictObject({ bytes: count, tables: count, rows: count }).nullable(),
  feed: z
    .strictObject({
      from: slot,
      state: z.enum(["none", "starting", "running", "stopped", "lost"]).nullable(),
      reason: z.string().nullable(),
      lagMs: count.nullable(),
      lagRows: count.nullable(),
      lagBytes: count.nullable(),
      retainedBytes: count.nullable(),
      schemaChanges: z.array(z.string()),
      at: nullableInstant,
    })
    .nullable(),
  preview: z.strictObject({ at: instant, bytes: count }).nullable(),
});

const safety = z.strictObject({ ok: z.boolean(), reasons: z.array(finding) });

export const runSummary = z.strictObject({
  id: z.string(),
  app: z.string(),
  kind: verb,
  status: z.enum(["queued", "running", "succeeded", "failed", "aborted"]),
  abortReason: z.string().nullable(),
  requestedBy: actor,
  requestedAt: instant,
  startedAt: nullableInstant,
  finishedAt: nullableInstant,
  error: z.string().nullable(),
});

const wayBackView = z.strictObject({
  inserted: count,
  changed: count,
  deleted: count,
  exact: z.boolean(),
  lossless: z.boolean(),
  reason: z.string().nullable(),
  measuredAt: instant,
});

export const receipt = z.strictObject({
  from: slot.nullable(),
  to: slot.nullable(),
  fromVersion: z.string().nullable(),
  toVersion: z.string().nullable(),
  forecastWindowMs: count.nullable(),
  forecastSwitches: count.nullable(),
  windowMs: count.nullable(),
  requestsHeld: count.nullable(),
  requestsServed: count.nullable(),
  requestsRefused: count.nullable(),
  longestWaitMs: count.nullable(),
  dataBytes: count.nullable(),
  dataRows: count.nullable(),
  lossless: z.boolean().nullable(),
  compared: z
    .strictObject({
      tables: count,
      rows: count,
      checksums: z.array(z.strictObject({ table: z.string(), rows: count, checksum: z.string() })),
    })
    .nullable(),
  feed: z.strictObject({ ms: count, sequences: count, positions: z.array(z.string()) }).nullable(),
  counts: z.array(z.strictObject({ table: z.string(), from: count, to: count })),
  warm: z.array(
    z.strictObject({
      process: z.string(),
      path: z.string(),
      tries: count,
      status: count.nullable(),
      firstMs: z.number().nullable(),
      lastMs: z.number().nullable(),
    }),
  ),
  steps: z.array(z.strictObject({ name: z.string(), ms: count })),
  loss: z
    .strictObject({
      announced: count.nullable(),
      inserted: count,
      changed: count,
      deleted: count,
      exact: z.boolean(),
      file: z.string().nullable(),
    })
    .nullable(),
  automatic: z.array(z.string()).nullable(),
  notes: z.array(z.string()),
});

export const runView = z.strictObject({
  ...runSummary.shape,
  input: record,
  committedAt: nullableInstant,
  cancellable: z.boolean(),
  steps: z.array(
    z.strictObject({
      name: z.string(),
      phase: z.enum(["before", "window", "after"]),
      status: z.enum(["pending", "running", "succeeded", "failed", "undoing", "undone"]),
      attempt: count,
      startedAt: nullableInstant,
      finishedAt: nullableInstant,
      error: z.string().nullable(),
      detail: record.nullable(),
    }),
  ),
  receipt: receipt.nullable(),
});

export const receiptEntry = z.strictObject({ run: runSummary, receipt });

const met = z.strictObject({
  requests: count,
  failed: count,
  writes: count,
  writesFailed: count,
  p95Ms: count.nullable(),
});

const watchView = z.strictObject({
  runId: z.string(),
  slot,
  version: z.string(),
  since: instant,
  until: instant,
  over: z.boolean(),
  verdict: z.enum(["calm", "worse", "bad"]).nullable(),
  reasons: z.array(z.string()),
  before: met,
  after: met,
  minRequests: count,
  automatic: z.strictObject({ armed: z.boolean(), why: z.string().nullable(), runId: z.string().nullable() }),
});

export const appView = z.strictObject({
  name: z.string(),
  external: z
    .strictObject({
      origins: z.strictObject({ blue: z.string().nullable(), green: z.string().nullable() }),
      data: z.boolean(),
    })
    .nullable(),
  live: slot.nullable(),
  idle: slot,
  gate: gateView,
  domains: z.array(z.strictObject({ host: z.string(), audience, url: z.string(), reaches: slot.nullable() })),
  stagingAccess: z.enum(["open", "testers"]),
  slots: z.array(slotView),
  watch: watchView.nullable(),
  activeRun: runSummary.nullable(),
  recentRuns: z.array(runSummary),
  safeToSwap: safety,
  safeToRollBack: z.strictObject({
    ...safety.shape,
    lossless: z.boolean(),
    wayBack: wayBackView.nullable(),
  }),
  verbs: z.record(verb, z.array(finding)),
  forecast: z.strictObject({ windowMs: count, dataBytes: count, basedOnRun: z.string() }).nullable(),
  fedForecast: z.strictObject({ windowMs: count, switches: count }).nullable(),
});

export const appSummary = z.strictObject({
  name: z.string(),
  live: slot.nullable(),
  liveVersion: z.string().nullable(),
  idleVersion: z.string().nullable(),
  gate: gateView,
  publicUrl: z.string().nullable(),
  activeRun: runSummary.nullable(),
  lastRun: runSummary.nullable(),
  wayBack: z
    .strictObject({ slot, version: z.string().nullable(), fed: z.boolean(), lossless: z.boolean() })
    .nullable(),
});
