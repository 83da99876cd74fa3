/** Answers to what never became a request: no HTTP, or HTTP that two readers could read in two ways. */
import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { ANSWERS, type OwnReason } from "#lib/gate/answers.ts";
import { render } from "#lib/gate/render.ts";
import { newRequestId } from "#lib/gate/request-id.ts";
import type { Doorway } from "./doorway.ts";
import { linger } from "./hang-up.ts";
import { peerOf } from "./trusted-proxies.ts";

const REASONS: Record<string, OwnReason> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "body-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "too-slow",
};
const REASON_PHRASES: Record<number, string> = {
  400: "Bad Request",
  408: "Request Timeout",
  413: "Payload Too Large",
  431: "Request Header Fields Too Large",
};

export function onClientError(error: Error, socket: Duplex, doorway: Doorway): void {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const reason = REASONS[code] ?? "bad-request";
  // A client that hung up needs no answer, and one that is being answered must not get two in one.
  const answering = (socket as { _httpMessage?: ServerResponse })._httpMessage;
  if (!socket.writable || code === "ECONNRESET" || answering?.headersSent) {
    socket.destroy();
    return;
  }
  const requestId = answerUnparsed(socket, reason);
  doorway.onAnswered?.({
    app: null,
    slot: null,
    audience: null,
    port: null,
    method: "",
    host: "",
    path: "",
    status: ANSWERS[reason].status,
    bytesIn: 0,
    bytesOut: 0,
    ms: 0,
    heldMs: 0,
    requestId,
    client: peerOf(socket as { remoteAddress?: string }),
    outcome: "refused",
    reason,
  });
}

/** Answers on the bare socket and hangs up. Returns the request's id. */
export function answerUnparsed(socket: Duplex, reason: OwnReason): string {
  const requestId = newRequestId();
  socket.on("error", () => {});
  const { status, headers, body } = render({ reason, requestId }, undefined);
  const lines = Object.entries({ ...headers, connection: "close" }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.write(`HTTP/1.1 ${status} ${REASON_PHRASES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`);
  linger(socket);
  return requestId;
}
