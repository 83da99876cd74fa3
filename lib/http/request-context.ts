/** From a request's headers to the context that operations want. Pages, actions and the API begin here. */
import { type Authenticated, authenticateRequest } from "#lib/auth/authenticate.ts";
import { siteOrigin } from "#lib/auth/site-origin.ts";
import { type OperationContext, roleIn } from "#lib/operations/context.ts";
import { type Role, roleAtLeast } from "#lib/operations/role.ts";
import { type Installation, installation } from "./installation.ts";
import { countBadToken } from "./throttled.ts";

export interface KnownRequest {
  context: OperationContext;
  by: Authenticated["by"];
}

/** Null: nobody who is known. Throws when the store can't be asked. */
export async function knownRequest(
  headers: Headers,
  site: Installation = installation(),
): Promise<KnownRequest | null> {
  const origin = siteOrigin(headers, site.dashboardHosts);
  // A script may come in by any name; only cookies belong to a host.
  const auth = site.authFor(origin ?? `http://localhost:${site.gatewayPort}`);
  const known = await authenticateRequest(site.store, auth, headers);
  if (known === null && headers.has("authorization")) await countBadToken(site, headers);
  if (known === null || (known.by === "cookie" && origin === null)) return null;
  return { context: contextOf(site, known.actor, origin), by: known.by };
}

/** For server components and actions: `contextFor(await headers())`. */
export async function contextFor(headers: Headers): Promise<OperationContext | null> {
  return (await knownRequest(headers))?.context ?? null;
}

/** Whether the request's owner still has the role, as it is now: what streams ask while they last. */
export async function stillHasRole(headers: Headers, needed: Role, app: string): Promise<boolean> {
  const context = await contextFor(headers);
  return context !== null && roleAtLeast(roleIn(context.actor, app), needed);
}

export function contextOf(
  installed: Installation,
  actor: OperationContext["actor"],
  origin: string | null,
): OperationContext {
  const { store, home, dashboardHosts } = installed;
  return { store, home, dashboardHosts, actor, site: siteOf(installed, origin) };
}

/** How the browser that came from `origin` reaches the gateway. */
export function siteOf({ gatewayPort }: Installation, origin: string | null): OperationContext["site"] {
  const url = origin === null ? null : new URL(origin);
  const scheme = url?.protocol === "https:" ? "https" : "http";
  const port = url === null ? gatewayPort : Number(url.port) || (scheme === "https" ? 443 : 80);
  return { scheme, port, ...(url && { host: url.hostname }) };
}
