/** What private repositories want, unsealed for the one fetch that needs it. */
import { type KeyRing, type SealContext, unseal } from "#lib/config/seal.ts";
import type { Store } from "./client.ts";

export interface SourceSecret {
  kind: "token" | "ssh-key";
  secret: string;
}

export const credentialContext = (appId: string, name: string): SealContext => `credential/${appId}/${name}`;

/** Null when the app has none of that name. Secret: never log it. */
export async function readCredential(
  store: Store,
  ring: KeyRing,
  app: string,
  name: string,
): Promise<SourceSecret | null> {
  const row = await store.sourceCredential.findFirst({ where: { name, app: { name: app } } });
  if (!row) return null;
  return {
    kind: row.kind as SourceSecret["kind"],
    secret: unseal(ring, row.sealed, credentialContext(row.appId, row.name)),
  };
}
