/** How an operation says no. One class, few codes, nothing about HTTP: each door maps the codes itself. */
import type { Finding } from "#lib/engine/model.ts";
import { Refusal } from "#lib/engine/ports.ts";
import type { RunSummary } from "./views.ts";

export const ERROR_CODES = ["forbidden", "not-found", "invalid", "refused", "busy", "unavailable"] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorDetail {
  /** What to do now. */
  remedy?: string;
  /** With `refused`: every reason. */
  findings?: Finding[];
  /** With `busy`: who does what since when. */
  run?: RunSummary;
  cause?: unknown;
}

export class OperationError extends Error {
  override name = "OperationError";
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly findings: Finding[] | undefined;
  readonly run: RunSummary | undefined;
  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.remedy = detail.remedy;
    this.findings = detail.findings;
    this.run = detail.run;
  }
}

export const notFound = (what: string): OperationError => new OperationError("not-found", what);

/** One error for all the reasons against a verb. */
export function refused(findings: Finding[]): OperationError {
  const first = findings[0];
  return new OperationError("refused", findings.map((finding) => finding.what).join(" "), {
    remedy: first?.remedy,
    findings,
  });
}

/** Somebody else is at the lever. */
export function busy(run: RunSummary): OperationError {
  const since = run.startedAt ?? run.requestedAt;
  return new OperationError(
    "busy",
    `${run.requestedBy.name} has run ${run.kind} on ${run.app} since ${since}; one run at a time.`,
    { remedy: "Wait until it is finished, or cancel it before its commit.", run },
  );
}

/**
 * An error that a person can be shown: operations' own, the engine's refusals, and a store that does not answer.
 * Null for anything else, which belongs in the log only.
 */
export function asOperationError(error: unknown): OperationError | null {
  if (error instanceof OperationError) return error;
  if (error instanceof Refusal) {
    const { code, message: what, remedy } = error;
    return refused([{ code, severity: "refuse", what, remedy }]);
  }
  if (isStoreAway(error)) {
    return new OperationError("unavailable", "The store does not answer.", {
      remedy: "Traffic goes on without it. See docs/operations.md for what can be done by hand.",
      cause: error,
    });
  }
  return null;
}

/** Prisma's codes for a server that can't be reached or closed the connection, and Node's and PostgreSQL's own. */
const AWAY =
  /^(P1001|P1002|P1008|P1017|P2024|P2028|P2037|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|57P0[1-5]|08\d{3}|53300)$/;
const AWAY_TEXT =
  /timeout exceeded when trying to connect|Connection terminated|Can't reach database server/i;

export function isStoreAway(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at && depth < 5; depth += 1) {
    const { code, message, cause } = at as { code?: unknown; message?: unknown; cause?: unknown };
    if (typeof code === "string" && AWAY.test(code)) return true;
    if (typeof message === "string" && AWAY_TEXT.test(message)) return true;
    const driver = (at as { meta?: { driverAdapterError?: unknown } }).meta?.driverAdapterError;
    at = driver ?? cause;
    if (typeof at === "object" && at !== null && "originalCode" in at) {
      if (AWAY.test(String((at as { originalCode: unknown }).originalCode))) return true;
    }
  }
  return false;
}
