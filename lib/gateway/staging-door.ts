/** Who may see a staging domain. */
import type { IncomingHttpHeaders } from "node:http";
import type { AppRoutes } from "#lib/gate/routes.ts";
import { checkStagingPass, ENTER_PATH, PASS_COOKIE, passIn } from "./staging-pass.ts";

export type StagingAnswer =
  | { kind: "refuse"; reason: "testers-only" | "bad-pass" }
  | { kind: "redirect"; headers: { location: string; "set-cookie": string } };

/** Null: let it through. */
export function enterStaging(
  secretKey: string | null,
  routes: AppRoutes,
  path: string,
  headers: IncomingHttpHeaders,
): StagingAnswer | null {
  if (path.startsWith(ENTER_PATH)) {
    const pass = URL.parse(path, "http://staging")?.searchParams.get("pass") ?? "";
    const expiresAt = secretKey === null ? null : checkStagingPass(secretKey, routes, pass);
    if (expiresAt === null) return { kind: "refuse", reason: "bad-pass" };
    const seconds = Math.max(1, Math.floor((expiresAt - Date.now()) / 1000));
    const secure = headers["x-forwarded-proto"] === "https" ? "; Secure" : "";
    return {
      kind: "redirect",
      headers: {
        location: "/",
        "set-cookie": `${PASS_COOKIE}=${pass}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`,
      },
    };
  }
  if (routes.stagingAccess === "open") return null;
  const pass = passIn(headers.cookie);
  if (secretKey !== null && pass !== null && checkStagingPass(secretKey, routes, pass) !== null) return null;
  return { kind: "refuse", reason: "testers-only" };
}
