/** Errors as the API says them, and what HTTP calls them. */

import type { Finding } from "#lib/engine/model.ts";
import { createLog } from "#lib/observability/log.ts";
import { asOperationError, type ErrorCode, type OperationError } from "#lib/operations/errors.ts";
import type { RunSummary } from "#lib/operations/views.ts";

const STATUS: Record<ErrorCode, number> = {
  forbidden: 403,
  "not-found": 404,
  invalid: 400,
  refused: 409,
  busy: 409,
  unavailable: 503,
};

/** What only a door says. */
export type DoorCode = "unauthenticated" | "too-many" | "too-large" | "unsupported" | "internal";

const DOOR_STATUS: Record<DoorCode, number> = {
  unauthenticated: 401,
  "too-many": 429,
  "too-large": 413,
  unsupported: 415,
  internal: 500,
};

export interface ErrorBody {
  error: {
    code: ErrorCode | DoorCode;
    message: string;
    remedy?: string;
    /** With `refused`: every reason. */
    findings?: Finding[];
    /** With `busy`: the run that is active. */
    run?: RunSummary;
  };
}

export class DoorError extends Error {
  readonly code: DoorCode;
  /** With `too-many`: when to try again. */
  readonly retryAfterSeconds: number | undefined;
  constructor(code: DoorCode, message: string, retryAfterSeconds?: number) {
    super(message);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const log = createLog("web");

/** What is not meant for the client's eyes goes to the log and is called an internal error. */
export function errorResponse(error: unknown): Response {
  if (error instanceof DoorError) {
    const { code, message, retryAfterSeconds } = error;
    const headers = {
      ...(code === "unauthenticated" && { "www-authenticate": "Bearer" }),
      ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
    };
    return respond(DOOR_STATUS[code], { error: { code, message } }, headers);
  }
  const known: OperationError | null = asOperationError(error);
  if (known) {
    const { code, message, remedy, findings, run } = known;
    if (code === "unavailable")
      log.warn({ err: known.cause, says: message }, "a request could not be served");
    const headers = code === "unavailable" ? { "retry-after": "5" } : undefined;
    return respond(STATUS[code], { error: { code, message, remedy, findings, run } }, headers);
  }
  log.error({ err: error }, "a request failed");
  return respond(500, { error: { code: "internal", message: "Something went wrong; the log says what." } });
}

const respond = (status: number, body: ErrorBody, headers?: Record<string, string>): Response =>
  Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } });
