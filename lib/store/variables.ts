import { type KeyRing, type SealContext, unseal } from "#lib/config/seal.ts";
import type { Store } from "./client.ts";

export const variableContext = (appId: string, name: string, scope: string): SealContext =>
  `variable/${appId}/${scope}/${name}`;

/** An app's variables for a scope; one set for the scope alone goes before one for both. Secret: never log it. */
export async function readVariables(
  store: Store,
  ring: KeyRing,
  app: string,
  scope: "live" | "preview",
): Promise<Record<string, string>> {
  const rows = await store.variable.findMany({
    where: { app: { name: app }, scope: { in: ["both", scope] } },
    orderBy: { scope: "asc" },
  });
  const values: Record<string, string> = {};
  for (const row of [...rows].sort((a, b) => Number(a.scope !== "both") - Number(b.scope !== "both"))) {
    values[row.name] = unseal(ring, row.sealed, variableContext(row.appId, row.name, row.scope));
  }
  return values;
}
