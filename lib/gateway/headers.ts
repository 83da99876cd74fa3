/** Which headers cross the gateway, and which it adds. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { DOOR_HOST_HEADER, DOOR_PROOF_HEADER } from "#lib/gate/door-pass.ts";
import { withoutPass } from "./staging-pass.ts";

/** They speak of one connection, not of the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
const NOT_TO_SLOT = new Set([
  ...HOP_BY_HOP,
  "expect",
  "host",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-request-id",
  DOOR_HOST_HEADER,
  DOOR_PROOF_HEADER,
]);
const NOT_TO_CLIENT = new Set(HOP_BY_HOP);

const REQUEST_ID = /^[\w.:+/=-]{1,200}$/;

export interface Passage {
  /** What the client asked for, as it wrote it. */
  host: string;
  requestId: string;
  /** Whether the client is on this machine: then it is a proxy of ours, and its X-Forwarded headers are believed. */
  trusted: boolean;
}

/** Flat list of names and values for the slot. */
export function headersToSlot(req: IncomingMessage, passage: Passage): string[] {
  const { rawHeaders, headers } = req;
  const dropped = namedByConnection(headers.connection);
  const out = ["host", passage.host];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    if (NOT_TO_SLOT.has(name) || dropped?.has(name)) continue;
    if (name === "forwarded" && !passage.trusted) continue;
    let value: string | null = rawHeaders[index + 1]!;
    if (name === "cookie") value = withoutPass(value);
    if (value !== null) out.push(name, value);
  }
  const client = req.socket?.remoteAddress ?? "unknown";
  const before = passage.trusted ? joined(headers["x-forwarded-for"]) : undefined;
  const believed = (name: "x-forwarded-proto" | "x-forwarded-host") =>
    passage.trusted ? joined(headers[name]) : undefined;
  out.push(
    "x-forwarded-for",
    before === undefined ? client : `${before}, ${client}`,
    "x-forwarded-proto",
    believed("x-forwarded-proto") ?? "http",
    "x-forwarded-host",
    believed("x-forwarded-host") ?? passage.host,
    "x-request-id",
    passage.requestId,
  );
  return out;
}

/** Flat list of names and values for the client; a value may be a list (Set-Cookie). */
export function headersToClient(headers: IncomingHttpHeaders): (string | string[])[] {
  const dropped = namedByConnection(headers.connection);
  const out: (string | string[])[] = [];
  for (const name in headers) {
    if (NOT_TO_CLIENT.has(name) || dropped?.has(name)) continue;
    const value = headers[name];
    if (value !== undefined) out.push(name, value);
  }
  return out;
}

let serial = 0;
const ORIGIN = Date.now().toString(36);

/** The client's own when it is on this machine and gave a sane one, else a new one. */
export function requestIdOf(req: IncomingMessage, trusted: boolean): string {
  const given = req.headers["x-request-id"];
  if (trusted && typeof given === "string" && REQUEST_ID.test(given)) return given;
  serial += 1;
  return `${ORIGIN}-${process.pid.toString(36)}-${serial.toString(36)}`;
}

export const isLoopback = (address: string | undefined): boolean =>
  address !== undefined &&
  (address.startsWith("127.") || address === "::1" || address.startsWith("::ffff:127."));

/** Headers that a Connection header names are hop-by-hop too. Null in the usual cases. */
function namedByConnection(connection: string | string[] | undefined): Set<string> | null {
  if (connection === undefined || connection === "keep-alive" || connection === "close") return null;
  const names = joined(connection) ?? "";
  return new Set(names.split(",").map((name) => name.trim().toLowerCase()));
}

const joined = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(", ") : value;
