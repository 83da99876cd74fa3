/** Which headers cross the gateway, and which it adds. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { DOOR_HOST_HEADER, DOOR_PROOF_HEADER } from "#lib/gate/door-pass.ts";
import { newRequestId } from "#lib/gate/request-id.ts";
import { withoutPass } from "./staging-pass.ts";

/** They speak of one connection, not of the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "te",
  "transfer-encoding",
  "upgrade",
];
/** What the gateway itself says; some apps read `_` as `-`, so a client must not say it that way either. */
const OWN = [
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-request-id",
  DOOR_HOST_HEADER,
  DOOR_PROOF_HEADER,
].flatMap(spellings);
const NOT_TO_SLOT = new Set([...HOP_BY_HOP, "expect", "host", ...OWN]);
/** Believed only from a trusted proxy. */
const ABOUT_THE_CLIENT = new Set(
  [
    "forwarded",
    "x-real-ip",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-scheme",
    "x-forwarded-server",
    "x-forwarded-ssl",
  ].flatMap(spellings),
);
const NOT_TO_CLIENT = new Set(HOP_BY_HOP);
/** What says how a message is framed or routed can't come after it (RFC 9110, 6.5.1). */
const NOT_IN_TRAILERS = new Set([
  ...NOT_TO_SLOT,
  ...ABOUT_THE_CLIENT,
  "content-length",
  "content-encoding",
  "content-range",
  "content-type",
  "trailer",
  "authorization",
  "cookie",
  "set-cookie",
]);

const REQUEST_ID = /^[\w.:+/=-]{1,200}$/;

export interface Passage {
  /** What the client asked for, as it wrote it. */
  host: string;
  requestId: string;
  /** Address of the other end of the connection. */
  peer: string;
  /** Whether it is a proxy of ours, whose word about the client is believed. */
  trusted: boolean;
}

/** Flat list of names and values for the slot. */
export function headersToSlot(req: IncomingMessage, passage: Passage): string[] {
  const { rawHeaders, headers } = req;
  const { peer, trusted } = passage;
  const dropped = namedByConnection(headers.connection);
  const out = ["host", passage.host];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    if (NOT_TO_SLOT.has(name) || dropped?.has(name)) continue;
    if (!trusted && ABOUT_THE_CLIENT.has(name)) continue;
    if (name === "trailer" && headers["transfer-encoding"] === undefined) continue;
    let value: string | null = rawHeaders[index + 1]!;
    if (name === "cookie") value = withoutPass(value);
    else if (name === "forwarded") value = `${value}, for=${peer.includes(":") ? `"[${peer}]"` : peer}`;
    if (value !== null) out.push(name, value);
  }
  // Trailers pass through here, so whoever can take them may be told.
  if (headers.te !== undefined && /\btrailers\b/i.test(String(headers.te))) out.push("te", "trailers");
  const before = trusted ? joined(headers["x-forwarded-for"]) : undefined;
  const believed = (name: "x-forwarded-proto" | "x-forwarded-host") =>
    trusted ? joined(headers[name]) : undefined;
  out.push(
    "x-forwarded-for",
    before === undefined ? peer : `${before}, ${peer}`,
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

/** Those of a message's trailers that may cross, as pairs. */
export function trailersToPass(trailers: NodeJS.Dict<string | string[]>): [string, string][] {
  const out: [string, string][] = [];
  for (const name in trailers) {
    if (NOT_IN_TRAILERS.has(name.toLowerCase())) continue;
    for (const value of [trailers[name] ?? []].flat()) out.push([name, value]);
  }
  return out;
}

/** The client's own when a trusted proxy gave a sane one, else a new one. */
export function requestIdOf(req: IncomingMessage, trusted: boolean): string {
  const given = req.headers["x-request-id"];
  return trusted && typeof given === "string" && REQUEST_ID.test(given) ? given : newRequestId();
}

/** Headers that a Connection header names are hop-by-hop too. Null in the usual cases. */
function namedByConnection(connection: string | string[] | undefined): Set<string> | null {
  if (connection === undefined || connection === "keep-alive" || connection === "close") return null;
  const names = joined(connection) ?? "";
  return new Set(names.split(",").map((name) => name.trim().toLowerCase()));
}

const joined = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(", ") : value;

/** `x-real-ip` as itself and with each of its dashes as an underscore. */
function spellings(name: string): string[] {
  return name
    .split("-")
    .reduce<string[]>(
      (before, part) =>
        before.length === 0 ? [part] : before.flatMap((head) => [`${head}-${part}`, `${head}_${part}`]),
      [],
    );
}
