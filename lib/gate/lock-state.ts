/** What one maintenance lock means for one audience. Pure. */
import type { Lock } from "./lock.ts";
import type { Audience } from "./routes.ts";

/** What was found in the lock's place. */
export type LockReading =
  | { kind: "absent" }
  /** It exists and says nothing usable: empty, garbage, unreadable, a folder, a link. */
  | { kind: "bare" }
  /** `touched`: the engine wrote it and somebody touched it since, so it is a person's now. */
  | { kind: "lock"; lock: Lock; touched: boolean };

export type LockState =
  | { state: "open" }
  | { state: "held"; until: number; lock: Lock }
  | { state: "closed"; by: "person" | "engine"; lock: Lock | null };

const OPEN: LockState = { state: "open" };

/** A person's lock closes the public domains only; an engine's lock means both audiences while it lasts. */
export function lockState(reading: LockReading, audience: Audience, now: number): LockState {
  if (reading.kind === "absent") return OPEN;
  if (reading.kind === "bare")
    return audience === "public" ? { state: "closed", by: "person", lock: null } : OPEN;
  const { lock, touched } = reading;
  if (audience === "public") {
    if (touched) return { state: "closed", by: "person", lock };
  } else if (lock.runId === undefined) {
    return OPEN;
  }
  if (lock.expiresAt !== undefined && lock.expiresAt <= now) return OPEN;
  if (lock.holdUntil !== undefined && lock.holdUntil > now)
    return { state: "held", until: lock.holdUntil, lock };
  return { state: "closed", by: lock.runId === undefined ? "person" : "engine", lock };
}

/** Whether a person put it there, or took it over by touching it. */
export const isPersons = (reading: LockReading): boolean =>
  reading.kind === "bare" ||
  (reading.kind === "lock" && (reading.touched || reading.lock.runId === undefined));

/** Whether the lock counts as absent because its own time ran out. A touched lock lasts until it is removed. */
export function isExpired(reading: LockReading, now: number): boolean {
  return (
    reading.kind === "lock" &&
    !reading.touched &&
    reading.lock.expiresAt !== undefined &&
    reading.lock.expiresAt <= now
  );
}

/** Whether it is this run's lock, untouched, and not written with a higher token. */
export function isOwn(reading: LockReading, run: { runId: string; token: number }): boolean {
  return (
    reading.kind === "lock" &&
    !reading.touched &&
    reading.lock.runId === run.runId &&
    reading.lock.token !== undefined &&
    reading.lock.token <= run.token
  );
}
