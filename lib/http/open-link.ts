/** GET /sign-in/link/<token>: a session for whoever opens it first. */

import { consumeSignInLink } from "#lib/auth/sign-in-link.ts";
import { siteOrigin } from "#lib/auth/site-origin.ts";
import { isStoreAway } from "#lib/operations/errors.ts";
import { installation } from "./installation.ts";

/**
 * Redirects to `/` with the session's cookie, or to `/sign-in?link=used|expired|unknown|unavailable`. What only
 * looks ahead (HEAD, a browser's prefetch) does not use the link up.
 */
export async function openLink(request: Request, token: string): Promise<Response> {
  const purpose = request.headers.get("sec-purpose") ?? request.headers.get("purpose") ?? "";
  if (request.method === "HEAD" || /prefetch|prerender/.test(purpose)) {
    return new Response(null, { status: 204 });
  }
  const site = installation();
  const origin = siteOrigin(request.headers, site.dashboardHosts);
  if (origin === null) return new Response(null, { status: 404 });
  try {
    const result = await consumeSignInLink(site.store, token);
    if (!result.ok) return redirect(`/sign-in?link=${result.reason}`);
    const opened = await site.authFor(origin).api.openSession({
      body: { userId: result.userId },
      headers: request.headers,
      asResponse: true,
    });
    const answer = redirect("/");
    for (const cookie of opened.headers.getSetCookie()) answer.headers.append("set-cookie", cookie);
    return answer;
  } catch (error) {
    if (isStoreAway(error)) return redirect("/sign-in?link=unavailable");
    throw error;
  }
}

/** Relative, because the address that the browser sees is the gateway's. */
const redirect = (location: string): Response =>
  new Response(null, { status: 303, headers: { location, "cache-control": "no-store" } });
