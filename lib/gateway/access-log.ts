/** One line per request, for those who want it. */
import type { IncomingMessage } from "node:http";
import type { OwnReason } from "#lib/gate/answers.ts";
import type { Visit, Way } from "./gatekeeper.ts";
import type { TrustedProxies } from "./trusted-proxies.ts";

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
  /** The live slot had no such file and `slot` is the other one. */
  oldAsset?: true;
  /** Why it was refused. */
  reason?: OwnReason;
}

type Asked = Pick<AccessEntry, "app" | "slot" | "audience" | "port" | "method" | "host" | "path" | "client">;

/** What was asked for, by whom and where it went: the same whatever the visit is made of. */
export function askedFor(
  { method, host, path }: Pick<Visit, "method" | "host" | "path">,
  way: Way | null,
  req: IncomingMessage,
  peer: string,
  trust: TrustedProxies,
): Asked {
  const forwardedFor = [req.headers["x-forwarded-for"] ?? []].flat().join(", ") || undefined;
  return {
    app: way?.routes.app ?? null,
    slot: way?.slot.slot ?? null,
    audience: way?.audience ?? null,
    port: way?.flight.target.port ?? null,
    method,
    host: host ?? "",
    path: withoutQuery(path),
    client: trust.clientOf(peer, forwardedFor),
  };
}

const withoutQuery = (path: string): string => {
  const end = path.indexOf("?");
  return end < 0 ? path : path.slice(0, end);
};
