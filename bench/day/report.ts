/** What `npm run demo -- --headless --json` prints last. Milliseconds are as visitors or API clients measured them. */

export interface SwitchFigures {
  from: string;
  to: string;
  /** From when the first visitor of the hold began to wait to when the last one got through. */
  windowMs: number;
  /** The longest that any request waited that was waiting at some moment of the run. */
  stallMaxMs: number;
  steps: { name: string; ms: number }[];
  dataBytes: number;
}

export interface DayReport {
  ok: boolean;
  /**
   * `failed`: everything that was not answered 2xx, except for requests while a person's maintenance lock stood:
   * those are answered 503 because somebody asked for it, and count in `total` only.
   */
  requests: { total: number; failed: number; held: number };
  writes: { acknowledged: number; unknown: number; lost: number; doubled: number };
  swaps: SwitchFigures[];
  /** Rows inserted, changed and deleted since the swap: as the API announced them, as two readings of the data differ. */
  rollback: { announcedLoss: number; actualLoss: number; stallMaxMs: number } | null;
  maintenance: {
    closedAfterMs: number;
    reopenedAfterMs: number;
    status: number;
    retryAfterS: number | null;
  } | null;
  /** `recoveredAfterMs`: until the run had ended in an allowed state and a visitor was served. */
  crash: { killed: string; recoveredAfterMs: number } | null;
}

export const round = (ms: number): number => Math.round(ms * 10) / 10;
