/** GET /share/<token>: lets whoever has a share link in to the app's staging domain. */
import { followShareLink } from "#lib/auth/share-links.ts";
import { siteOrigin } from "#lib/auth/site-origin.ts";
import { isStoreAway } from "#lib/operations/errors.ts";
import { type Installation, installation } from "./installation.ts";
import { siteOf } from "./request-context.ts";

/** `?host=` chooses between several staging domains. The link is a secret: nobody keeps, indexes or passes it on. */
export async function openShare(request: Request, token: string): Promise<Response> {
  if (request.method === "HEAD") return plain(204, null);
  const installed: Installation = installation();
  const origin = siteOrigin(request.headers, installed.dashboardHosts);
  if (origin === null) return plain(404, null);
  try {
    const site = siteOf(installed, origin);
    const host = new URL(request.url).searchParams.get("host");
    const found = await followShareLink({ store: installed.store, home: installed.home, site }, token, host);
    if (found) return plain(303, null, { location: found.url });
    return plain(404, "This link does not hold any more. Ask whoever sent it for a new one.\n");
  } catch (error) {
    if (!isStoreAway(error)) throw error;
    return plain(503, "This can't be looked up just now. Try again in a moment.\n", { "retry-after": "5" });
  }
}

const plain = (status: number, body: string | null, headers: Record<string, string> = {}): Response =>
  new Response(body, {
    status,
    headers: {
      "cache-control": "no-store",
      "x-robots-tag": "noindex, nofollow",
      "referrer-policy": "no-referrer",
      ...(body !== null && { "content-type": "text/plain; charset=utf-8" }),
      ...headers,
    },
  });
