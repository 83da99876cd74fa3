import { type KeyRing, type SealContext, unseal } from "#lib/config/seal.ts";
import type { Store } from "./client.ts";

export const variableContext = (appId: string, name: string, scope: string): SealContext =>
  `variable/${appId}/${scope}/${name}`;

/**
 * An app's variables for a scope; one set for the scope alone goes before one for both. Where previews differ they
 * are told so; where they don't, a swap needs no new process. Secret: never log it.
 */
export async function readVariables(
  store: Store,
  ring: KeyRing,
  app: string,
  scope: "live" | "preview",
): Promise<Record<string, string>> {
  const rows = await store.variable.findMany({
    where: { app: { name: app } },
  });
  const differ = rows.some((row) => row.scope !== "both");
  const values: Record<string, string> = scope === "preview" && differ ? { SIGNALBOX_PREVIEW: "1" } : {};
  const own = rows.filter((row) => row.scope === "both" || row.scope === scope);
  for (const row of own.sort((a, b) => Number(a.scope !== "both") - Number(b.scope !== "both"))) {
    values[row.name] = unseal(ring, row.sealed, variableContext(row.appId, row.name, row.scope));
  }
  return values;
}
