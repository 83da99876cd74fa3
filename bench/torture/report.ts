/** What `npm run torture -- --json` prints last. Milliseconds are as visitors measured them. */
import type { Direction, Result } from "./cells.ts";
import type { Victim } from "./victims.ts";

export interface TortureReport {
  ok: boolean;
  seed: string;
  mode: string;
  /** Switches that came through, rollbacks included. */
  swaps: number;
  /** Switches that were taken back and asked for again. */
  takenBack: number;
  kills: number;
  requests: number;
  /** Not answered 2xx, outside of the shadow of any victim that was on their way. */
  failed: number;
  failedInShadow: number;
  /** Writes: through the gateway, and straight to the databases. */
  acknowledged: number;
  acknowledgedDirectly: number;
  unknown: number;
  lost: number;
  doubled: number;
  unexplained: number;
  /** Direct commits that were acknowledged by a slot that had no authority. */
  twoWriters: number;
  /** Longest time without a served visitor after a blow. Milliseconds, of each victim and of all. */
  worstRecoveryMs: number;
  recoveryMs: Partial<Record<Victim, number>>;
  /** Blows after which visitors were served again later than they should. */
  tooLong: string[];
  /** How late the load itself was at worst: a machine on which that is much can't keep the promises about time. */
  generatorLagMaxMs: number;
  leftovers: string[];
  cells: { all: number; covered: number };
  /** Cells that were struck at or missed. */
  matrix: {
    direction: Direction;
    step: string;
    boundary: string;
    victim: Victim;
    outcome: Result["outcome"];
    recoveryMs: number | null;
    lateBy: number | null;
  }[];
  /** Whatever else was not as it should be, as sentences. */
  wrong: string[];
}
