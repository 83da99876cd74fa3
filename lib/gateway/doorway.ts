/** What the gateway's HTTP and WebSocket visits have in common. */
import type { IncomingMessage } from "node:http";
import { DOOR_HOST_HEADER, DOOR_PROOF_HEADER, isDoorProof } from "#lib/gate/door-pass.ts";
import type { Target } from "#lib/gate/routes.ts";
import type { TemplateReader } from "#lib/gate/template.ts";
import type { AccessEntry } from "./access-log.ts";
import type { Limits } from "./exchange.ts";
import type { SlotPools } from "./slot-pools.ts";
import type { TrustedProxies } from "./trusted-proxies.ts";

export interface Doorway {
  pools: SlotPools;
  templates: TemplateReader;
  trust: TrustedProxies;
  /** How long a client may owe the rest of its body without sending any of it. Milliseconds. */
  bodyStallMs: number;
  /** Address of the web process, which may move; null while nobody knows it. */
  dashboard(): { host: string; port: number } | null;
  /** The home's key; null while there is none. */
  secretKey(): string | null;
  /** Whether the gateway is on its way out and wants its connections back. */
  closing: boolean;
  /** Called once per request that was answered, when an access log is wanted. */
  onAnswered: ((entry: AccessEntry) => void) | null;
}

const GB = 1024 ** 3;

/** The dashboard's own. Archives of releases come that way; time is the web process's affair. */
export const DASHBOARD_LIMITS: Limits = { headerBytes: 32_768, bodyBytes: 4 * GB, idleMs: 0, totalMs: 0 };

const dashboards = new Map<string, Target>();

export function dashboardTarget({ host, port }: { host: string; port: number }): Target {
  const key = `${host} ${port}`;
  let target = dashboards.get(key);
  if (target === undefined) {
    target = { scheme: "http", host, port };
    dashboards.set(key, target);
  }
  return target;
}

/** The Host header, or what the second door vouches for. */
export function hostAskedFor(req: IncomingMessage, doorway: Doorway): string | undefined {
  const carried = req.headers[DOOR_HOST_HEADER];
  if (carried === undefined) return req.headers.host;
  const proof = req.headers[DOOR_PROOF_HEADER];
  const secretKey = doorway.secretKey();
  if (typeof carried !== "string" || typeof proof !== "string" || secretKey === null) return req.headers.host;
  return isDoorProof(secretKey, carried, proof) ? carried : req.headers.host;
}
