/** What the gateway's HTTP and WebSocket visits have in common. */
import type { IncomingMessage } from "node:http";
import { DOOR_HOST_HEADER, DOOR_PROOF_HEADER, isDoorProof } from "#lib/gate/door-pass.ts";
import type { TemplateReader } from "#lib/gate/template.ts";
import type { SlotPools } from "./slot-pools.ts";

export interface Doorway {
  pools: SlotPools;
  templates: TemplateReader;
  /** Address of the web process, which may move; null while nobody knows it. */
  dashboard(): { host: string; port: number } | null;
  /** The home's key; null while there is none. */
  secretKey(): string | null;
  /** Whether the gateway is on its way out and wants its connections back. */
  closing: boolean;
  /** Called once per request that was answered, when an access log is wanted. */
  onAnswered:
    | ((entry: { method: string; host: string; path: string; status: number; ms: number }) => void)
    | null;
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
