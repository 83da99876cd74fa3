/** The words the engine thinks in. Pure data; `docs/architecture.md` explains them. */

export const SLOT_NAMES = ["blue", "green"] as const;
export type SlotName = (typeof SLOT_NAMES)[number];

/** One slot of one app. */
export interface SlotRef {
  app: string;
  slot: SlotName;
}

export const otherSlot = (slot: SlotName): SlotName => (slot === "blue" ? "green" : "blue");

/** Live is the slot that the public domains reach; idle is the other one, and blue before anything is live. */
export const idleSlot = (live: SlotName | null): SlotName => otherSlot(live ?? "green");

export type Audience = "public" | "staging";
export type DataState = "empty" | "scratch" | "following" | "authoritative" | "resting";

export const VERBS = [
  "init",
  "adopt",
  "deploy",
  "sync",
  "preview",
  "restart",
  "update",
  "publish",
  "unpublish",
  "pause",
  "resume",
  "swap",
  "rollback",
  "finish",
  "maintenance",
  "remove",
] as const;
export type Verb = (typeof VERBS)[number];

export type RunStatus = "queued" | "running" | "succeeded" | "failed" | "aborted";
export type StepStatus = "pending" | "running" | "succeeded" | "failed" | "undoing" | "undone";
export type Phase = "before" | "window" | "after";

/** A reason not to go on, or a warning, with what to do about it. Shown as it is. */
export interface Finding {
  /** Stable, kebab-case: `gateway-silent`, `long-transaction`. */
  code: string;
  severity: "refuse" | "warn";
  /** What is wrong, in one sentence. */
  what: string;
  /** What to do now. */
  remedy: string;
}
