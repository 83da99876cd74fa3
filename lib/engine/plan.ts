/** What a run does: steps in order, each with its undo, and one commit between them. */
import type { DataState, Phase, SlotName } from "./model.ts";
import type { FencingToken } from "./ports.ts";

/** What a step measured or decided; recorded, and read back by later steps and by a recovered run. */
export type StepDetail = Record<string, unknown>;

export interface StepContext {
  runId: string;
  token: FencingToken;
  /** Aborts on cancel, on the window's deadline, and when this engine was replaced. */
  signal: AbortSignal;
  /** Until the window's deadline; Infinity outside a window. */
  remainingMs(): number;
  /** What an earlier step recorded. */
  detail(step: string): StepDetail | undefined;
  /** Tells the people who watch. Not a step's result: lost if the store is away. */
  progress(data: StepDetail): void;
  log(line: string): void;
}

export interface Step {
  name: string;
  phase: Phase;
  /** Looks at the real world: true when what the step is for is so already. */
  done?(context: StepContext): Promise<boolean>;
  act(context: StepContext): Promise<StepDetail | undefined>;
  /** Puts back what `act` may have done, wholly, partly or not at all. Only steps before the commit have one. */
  undo?(context: StepContext): Promise<void>;
  /**
   * Whatever it changes refuses the token of an engine that was replaced. While visitors wait such a step is begun
   * beside the record of it, and with an undo it is one that may come though nothing was done.
   */
  guarded?: boolean;
  /** After the commit only: give up after a few tries, say so, and go on. */
  bestEffort?: boolean;
}

/** What the commit changes in the store, in one transaction. */
export interface Change {
  liveSlot?: SlotName;
  slots?: Partial<Record<SlotName, SlotChange>>;
  addDomain?: { host: string; audience: "public" | "staging" };
  removeDomain?: string;
  /** All of them: nobody reaches the app through Signalbox any more. */
  removeDomains?: boolean;
  /** Where somebody else's process of a slot answers from now on. */
  origins?: Partial<Record<SlotName, string>>;
  addRelease?: {
    id: string;
    version: string;
    manifest: unknown;
    dir: string;
    source?: unknown;
    bytes?: number;
  };
  /** Merged into the app's settings: what must change in one moment with what runs. */
  settings?: { webInstances: number };
  /** The way back's measure no longer holds. */
  forgetWayBack?: boolean;
}

export interface SlotChange {
  releaseId?: string;
  dataState?: DataState;
  paused?: boolean;
  fed?: boolean;
  /** The testers' copy that its web processes run on; null: its own data. `bytes`: see CloneReport. */
  preview?: { at: Date; bytes: number } | null;
  /** Sets it to the commit's time. */
  synced?: boolean;
}

export interface Plan {
  before: Step[];
  /** Looked at directly before the commit: rejects when the world no longer allows it. */
  ready?(context: StepContext): Promise<void>;
  change(context: StepContext): Change;
  after: Step[];
  /** From the start of the first window step; past it nothing commits. */
  windowMs: number;
  /** The measured result, from the steps' details and times. */
  receipt?(steps: RecordedStep[]): StepDetail;
}

export interface RecordedStep {
  position: number;
  name: string;
  phase: Phase;
  status: "pending" | "running" | "succeeded" | "failed" | "undoing" | "undone";
  startedAt: Date | null;
  finishedAt: Date | null;
  detail: StepDetail | null;
}

/** The commit's own name and place in the recorded steps: after `before`, in front of `after`. */
export const COMMIT = "commit";

/** Names and phases in the order in which they are recorded. */
export function outline(plan: Plan): { name: string; phase: Phase }[] {
  const commitPhase = plan.before.some((step) => step.phase === "window") ? "window" : "before";
  return [
    ...plan.before.map(({ name, phase }) => ({ name, phase })),
    { name: COMMIT, phase: commitPhase },
    ...plan.after.map(({ name, phase }) => ({ name, phase })),
  ];
}
