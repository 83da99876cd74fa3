/**
 * The second door. The gateway is the first; a tenant's request that reaches Next all the same meets the same gate
 * here, and goes on to the gateway, which alone routes and counts.
 */
import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import { readEnvironment } from "#lib/config/environment.ts";
import { openHome, readPorts, readSecretKey } from "#lib/config/open-home.ts";
import { contentSecurityPolicy, dashboardHeaders } from "#lib/gate/dashboard-headers.ts";
import { PATH_HEADER } from "#lib/gate/path-header.ts";
import { SecondDoor } from "#lib/gate/second-door.ts";

export const config = { runtime: "nodejs", matcher: ["/", "/:path*"] };

const environment = readEnvironment();
const home = openHome(environment);
const door = new SecondDoor({
  home,
  dashboardHosts: environment.dashboardHosts,
  secretKey: () => orNull(() => readSecretKey(home)),
});

export function middleware(request: NextRequest): NextResponse {
  const { pathname, search } = new URL(request.url);
  const path = pathname + search;
  const answer = door.ask({ method: request.method, path, header: (name) => request.headers.get(name) });
  if (answer.act === "next") {
    return dashboard(request, path);
  }
  if (answer.act === "answer") {
    const { status, headers, body } = answer.answer;
    return new NextResponse(body, { status, headers });
  }
  const port = environment.port ?? orNull(() => readPorts(home).gateway);
  const headers = new Headers(request.headers);
  for (const [name, value] of Object.entries(answer.headers)) headers.set(name, value);
  return NextResponse.rewrite(new URL(`http://${gatewayHost(environment.host)}:${port}${path}`), {
    request: { headers },
  });
}

/** Next reads the nonce in the request's policy; what the client sent under that name goes. */
function dashboard(request: NextRequest, path: string): NextResponse {
  const nonce = randomBytes(16).toString("base64");
  const dev = process.env.NODE_ENV === "development";
  const secure = request.headers.get("x-forwarded-proto")?.split(",", 1)[0]?.trim() === "https";
  const headers = new Headers(request.headers);
  headers.set(PATH_HEADER, path);
  headers.set("content-security-policy", contentSecurityPolicy({ nonce, dev }));
  const response = NextResponse.next({ request: { headers } });
  for (const [name, value] of Object.entries(dashboardHeaders({ nonce, secure, dev })))
    response.headers.set(name, value);
  return response;
}

/** The gateway's address as seen from this machine. */
function gatewayHost(bound: string): string {
  if (bound === "0.0.0.0" || bound === "::") return "127.0.0.1";
  return bound.includes(":") ? `[${bound}]` : bound;
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
