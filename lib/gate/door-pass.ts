/** How the second door (middleware) tells the gateway which host a request came for, so that nobody else can. */
import { createHmac, timingSafeEqual } from "node:crypto";

export const DOOR_HOST_HEADER = "x-signalbox-host";
export const DOOR_PROOF_HEADER = "x-signalbox-door";

/** Proof for one Host header value; `secretKey` is the home's. */
export const doorProof = (secretKey: string, host: string): string =>
  createHmac("sha256", secretKey).update(`door\n${host}`).digest("base64url");

export function isDoorProof(secretKey: string, host: string, proof: string): boolean {
  const expected = Buffer.from(doorProof(secretKey, host));
  const given = Buffer.from(proof);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
