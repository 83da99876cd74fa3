/** One line per request, for those who want it. */
import type { OwnReason } from "#lib/gate/answers.ts";

export interface AccessEntry {
  app: string | null;
  slot: string | null;
  audience: "public" | "staging" | null;
  /** Of the process that the request went to. */
  port: number | null;
  method: string;
  /** As the client wrote it. */
  host: string;
  /** Without the query, which may hold secrets. */
  path: string;
  status: number;
  /** Of bodies. */
  bytesIn: number;
  bytesOut: number;
  /** From the request's head to the end of the answer. */
  ms: number;
  /** Spent waiting at the gate. */
  heldMs: number;
  requestId: string;
  client: string;
  /** `held` went through after a wait, `retried` was sent twice, `cut` ended early on either side. */
  outcome: "passed" | "held" | "retried" | "refused" | "answered" | "cut" | "timed-out" | "upgraded";
  /** Why it was refused. */
  reason?: OwnReason;
}

export const withoutQuery = (path: string): string => {
  const end = path.indexOf("?");
  return end < 0 ? path : path.slice(0, end);
};
