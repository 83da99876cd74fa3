/** How a trial is drawn: the plan's shape, and what goes wrong. */

/** What happens to one call, in the order of calls. */
export type Fault =
  | { kind: "ok" }
  | { kind: "slow"; ms: number }
  | { kind: "fails" }
  /** The effect is there, the answer never came. */
  | { kind: "answer-lost" }
  /** The engine is killed before or after the effect. */
  | { kind: "killed"; after: boolean }
  /** The engine sleeps here until another has taken over and ended the run. */
  | { kind: "frozen"; after: boolean }
  /** A message of a connection that broke, carried out after so many more calls. */
  | { kind: "late"; calls: number }
  | { kind: "clock-jump"; ms: number }
  | { kind: "cancel" }
  /** The hold or the fence ended by itself. */
  | { kind: "window-lost" };

export interface Shape {
  before: number;
  /** How many of the last `before` steps are in the window. */
  window: number;
  after: number;
  windowMs: number;
  /** Milliseconds each step takes. */
  stepMs: number[];
}

/** The module under test; a mutant is another copy of it, with its own StaleToken. */
export interface EngineModule {
  conduct: typeof import("../conduct.ts").conduct;
  StaleToken: typeof import("../ports.ts").StaleToken;
}
