/** What the ledger records: each write with what its sender learned about it. */

export type Write =
  | { kind: "order"; ref: string; amount: number }
  | { kind: "entry"; ref: string; delta: number }
  /** Deletes an entry that was acknowledged before; at most one delete is ever sent per entry. */
  | { kind: "delete"; ref: string; id: string }
  | { kind: "add"; account: string; delta: number }
  /** Content and hash follow from the ref: see uploads.ts. */
  | { kind: "upload"; ref: string; bytes: number; sha256: string };

/**
 * `acknowledged`: answered 2xx, so it must be in the data exactly once. `refused`: answered in a way that proves
 * that nothing was written. `unknown`: anything else (reset, time-out, other status), never sent again, so it
 * may be in the data once or not at all. `pending` counts as unknown.
 */
export type Outcome = "pending" | "acknowledged" | "refused" | "unknown";

export interface WriteRecord {
  seq: number;
  write: Write;
  /** Epoch milliseconds, when it was handed to the network. */
  begunAt: number;
  /** Epoch milliseconds, when its outcome was known. */
  settledAt: number | null;
  outcome: Outcome;
  /** The row's id as the answer gave it. */
  id: string | null;
  /** A rollback that announced its loss took this write back: from then on it must not be in the data. */
  rolledBack: boolean;
}
