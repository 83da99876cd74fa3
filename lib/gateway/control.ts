/**
 * What the engine and the web process say to a gateway: JSON over HTTP on a loopback port, with the secret from
 * the gateway's file in `<home>/run/gateway-<id>.json`. Every call answers when it is true.
 */

import { z } from "zod";
import { appRoutes } from "#lib/gate/routes.ts";

export const controlFile = z.strictObject({
  id: z.string(),
  pid: z.number().int(),
  /** Of the process, to tell it from a later one with the same pid. */
  startTime: z.string(),
  address: z.strictObject({ host: z.string(), port: z.number().int() }),
  secret: z.string(),
  /** Of a worker: the process that it belongs to. */
  keeper: z.strictObject({ pid: z.number().int(), startTime: z.string() }).optional(),
});
export type ControlFile = z.infer<typeof controlFile>;

const slotName = z.enum(["blue", "green"]);
const token = z.number().int().nonnegative();

/** Call → request body. The path is `/<call>`, the method POST, the answer JSON (see `answers`). */
export const calls = {
  ping: z.strictObject({}),
  hold: z.strictObject({ app: z.string(), runId: z.string(), token }),
  holding: z.strictObject({ app: z.string(), runId: z.string(), forMs: z.number() }),
  drain: z.strictObject({
    app: z.string(),
    port: z.number().int().optional(),
    readsGoOn: z.boolean().optional(),
    timeoutMs: z.number(),
  }),
  route: z.strictObject({ routes: appRoutes, token }),
  closeStreams: z.strictObject({
    app: z.string(),
    slot: slotName,
    port: z.number().int().optional(),
    token,
  }),
  release: z.strictObject({ app: z.string(), runId: z.string(), token }),
  stats: z.strictObject({}),
} as const;

const inFlight = z.strictObject({ method: z.string(), path: z.string(), ageMs: z.number() });

export const slotTraffic = z.strictObject({
  app: z.string(),
  slot: slotName,
  audience: z.enum(["public", "staging"]),
  /** Since the gateway started. */
  requests: z.number(),
  failed: z.number(),
  /** Of both those whose method may change something. */
  writes: z.number().default(0),
  writesFailed: z.number().default(0),
  inFlight: z.number(),
  streams: z.number(),
  /** Files that it gave since the gateway started because the live slot had them no more. */
  oldAssets: z.number().default(0),
  /** Over the last 10 s. */
  perSecond: z.number(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  /** Answers of the slot since the gateway started: 1xx (WebSockets), 2xx, 3xx, 4xx, 5xx. */
  answers: z.array(z.number()).length(5),
  /** Times to the slot's first byte since the gateway started: how many fell under each of LATENCY_BOUNDS_MS. */
  latencies: z.strictObject({ counts: z.array(z.number()), sumMs: z.number() }),
});
export type SlotTraffic = z.infer<typeof slotTraffic>;

export const answers = {
  ping: z.strictObject({ id: z.string(), version: z.number() }),
  hold: z.strictObject({ held: z.literal(true) }),
  holding: z.strictObject({ holding: z.boolean() }),
  drain: z.strictObject({ drained: z.boolean(), slowest: inFlight.nullable(), left: z.number() }),
  route: z.strictObject({ version: z.number() }),
  closeStreams: z.strictObject({ closed: z.number() }),
  release: z.strictObject({
    held: z.number(),
    served: z.number().default(0),
    refused: z.number(),
    longestWaitMs: z.number(),
  }),
  stats: z.strictObject({
    at: z.number(),
    traffic: z.array(slotTraffic),
    gates: z.array(
      z.strictObject({ app: z.string(), state: z.enum(["open", "held", "closed"]), waiting: z.number() }),
    ),
  }),
} as const;

export type Call = keyof typeof calls;
export type Answer<C extends Call> = z.infer<(typeof answers)[C]>;

/** A stale token is answered 409 with `{error: "stale-token"}`, a bad secret 401, bad input 400. */
export const SECRET_HEADER = "x-signalbox-secret";
