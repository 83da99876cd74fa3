/** The gate's one decision, for both doors. Pure: what was read comes in, what to do goes out. */
import { type LockReading, type LockState, lockState } from "./lock-state.ts";
import type { AppRoutes, Audience, SlotRoute } from "./routes.ts";
import { slotFor } from "./routes.ts";

export type RefusalReason = "maintenance" | "paused" | "nothing-live";

export type Decision =
  /** `reads`: the app says that it only reads. It stands behind nobody, and a hold that lets reads go on leaves it.
   * `during`: the run whose hold that is. */
  | { act: "pass"; slot: SlotRoute; reads: boolean; during?: string }
  /** Ask again when a lock changes, and at `until` (epoch milliseconds) at the latest. */
  | { act: "wait"; until: number; runId: string | null }
  /** Answer 200 without asking the app, so that load balancers keep the site during a hold. */
  | { act: "answer-healthy" }
  /** 503. `retryAfter` in seconds; `runId` when the hold of that run has run out. */
  | {
      act: "refuse";
      reason: RefusalReason;
      message: string | null;
      retryAfter: number;
      runId: string | null;
    };

/** The lock for everything, the app's own, and the engine's when a person's stands in its place. */
export interface Locks {
  all: LockReading;
  app: LockReading;
  window: LockReading;
}

export interface GateQuestion {
  routes: AppRoutes;
  audience: Audience;
  locks: Locks;
  method: string;
  /** With or without query. */
  path: string;
  /** A WebSocket or an event stream: it would outlast the hold. */
  stream: boolean;
  /** Epoch milliseconds. */
  now: number;
}

const PERSON_RETRY_AFTER = 60;

export function decide(question: GateQuestion): Decision {
  const { routes, audience, now } = question;
  const states = [
    lockState(question.locks.app, audience, now),
    lockState(question.locks.all, audience, now),
    lockState(question.locks.window, audience, now),
  ];
  // Closed beats held: who waits gets the 503 at once.
  for (const state of states) if (state.state === "closed") return refuseClosed(state, now);
  let until = Number.POSITIVE_INFINITY;
  let runId: string | null = null;
  let readsGoOn = true;
  for (const state of states) {
    if (state.state !== "held") continue;
    until = Math.min(until, state.until);
    runId ??= state.lock.runId ?? null;
    readsGoOn &&= state.lock.runId !== undefined && state.lock.readsGoOn === true;
  }
  const slot = slotFor(routes, audience);
  const reads = onlyReads(question);
  if (until !== Number.POSITIVE_INFINITY) {
    if (isHealthProbe(question)) return { act: "answer-healthy" };
    const goesOn = reads && readsGoOn && slot !== null && !slot.paused;
    if (!goesOn) return { act: "wait", until, runId };
    return { act: "pass", slot, reads, ...(runId !== null && { during: runId }) };
  }
  if (slot === null) return refuse("nothing-live");
  if (slot.paused) return refuse("paused");
  return { act: "pass", slot, reads };
}

export const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Behind the fence live's data can be read, so these need not wait where the app says that they only read. */
const onlyReads = ({ routes, audience, method, stream }: GateQuestion): boolean =>
  routes.reads === "serve" && audience === "public" && !stream && READS.has(method);

const refuse = (reason: RefusalReason): Decision => ({
  act: "refuse",
  reason,
  message: null,
  retryAfter: PERSON_RETRY_AFTER,
  runId: null,
});

function refuseClosed(closed: Extract<LockState, { state: "closed" }>, now: number): Decision {
  const { lock } = closed;
  const ownEnd = closed.by === "engine" || lock?.runId === undefined ? lock?.expiresAt : undefined;
  const retryAfter =
    lock?.retryAfter ??
    (ownEnd === undefined ? PERSON_RETRY_AFTER : Math.max(1, Math.ceil((ownEnd - now) / 1000)));
  const runId = closed.by === "engine" ? (lock?.runId ?? null) : null;
  return { act: "refuse", reason: "maintenance", message: lock?.message ?? null, retryAfter, runId };
}

/** A health path of `/` is a page that people open: it waits like any other. */
function isHealthProbe({ routes, method, path }: GateQuestion): boolean {
  if (routes.healthPath === "/" || (method !== "GET" && method !== "HEAD")) return false;
  const query = path.indexOf("?");
  return (query < 0 ? path : path.slice(0, query)) === routes.healthPath;
}
