/** The environment of a process on disk: sealed, because an app's secrets are in it. */
import { createHmac } from "node:crypto";
import type { SlotRef } from "#lib/engine/model.ts";

export interface Secrets {
  seal(text: string, context: `${string}/${string}`): string;
  unseal(sealed: string, context: `${string}/${string}`): string;
  /** For fingerprints: without it they could be compared with guesses. */
  key: string;
}

/** For homes without secrets of their own: tests. */
export const inTheClear: Secrets = { seal: (text) => text, unseal: (text) => text, key: "" };

const contextOf = ({ app, slot }: SlotRef, process: string): `${string}/${string}` =>
  `environment/${app}/${slot}/${process}`;

export const sealEnvironment = (
  { seal }: Secrets,
  ref: SlotRef,
  process: string,
  env: Record<string, string>,
): string => seal(JSON.stringify(env), contextOf(ref, process));

/** Throws when its key is gone, or when it was changed or is another process's. Takes what was never sealed. */
export const openEnvironment = (
  { unseal }: Secrets,
  ref: SlotRef,
  process: string,
  sealed: string,
): Record<string, string> =>
  JSON.parse(sealed.startsWith("{") ? sealed : unseal(sealed, contextOf(ref, process)));

export const fingerprintOf = ({ key }: Secrets, of: unknown): string =>
  createHmac("sha256", key).update(JSON.stringify(of)).digest("hex");
