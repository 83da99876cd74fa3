/** /api/auth: the few of better-auth's endpoints that a browser needs. The rest stays shut. */
import { isSameOrigin, siteOrigin } from "#lib/auth/site-origin.ts";
import { OperationError } from "#lib/operations/errors.ts";
import { errorResponse } from "./errors.ts";
import { installation } from "./installation.ts";
import { throttledSignIn } from "./throttled.ts";

const OPEN = new Set([
  "POST /api/auth/sign-in/email",
  "POST /api/auth/sign-out",
  "GET /api/auth/get-session",
]);

/** POST sign-in/email {email, password}; POST sign-out; GET get-session. */
export async function authDoor(request: Request): Promise<Response> {
  try {
    const site = installation();
    const url = new URL(request.url);
    const origin = siteOrigin(request.headers, site.dashboardHosts);
    if (origin === null || !OPEN.has(`${request.method} ${url.pathname}`)) {
      throw new OperationError("not-found", "There is nothing here.");
    }
    if (request.method === "POST" && !isSameOrigin(request.headers, site.dashboardHosts)) {
      throw new OperationError("forbidden", "This request does not come from the dashboard's own pages.");
    }
    // Behind the gateway the request's own URL is the web process's; better-auth must see the browser's.
    const seen = new Request(`${origin}${url.pathname}${url.search}`, request);
    const answer = await (url.pathname.endsWith("/sign-in/email")
      ? throttledSignIn(seen, site, (checked) => site.authFor(origin).handler(checked))
      : site.authFor(origin).handler(seen));
    // better-auth hides what went wrong: ask the store whether it was the store.
    if (answer.status >= 500) await site.store.$queryRaw`SELECT 1`;
    return answer;
  } catch (error) {
    return errorResponse(error);
  }
}
