/** better-auth, set up for Signalbox: e-mail and password, sessions in the store, no sign-up. */

import { prismaAdapter } from "better-auth/adapters/prisma";
import { APIError } from "better-auth/api";
import { betterAuth } from "better-auth/minimal";
import { derivedSecret } from "#lib/config/open-home.ts";
import { createLog } from "#lib/observability/log.ts";
import type { Store } from "#lib/store/client.ts";
import { openSession } from "./open-session.ts";

export const MIN_PASSWORD = 10;
export const MAX_PASSWORD = 128;

const log = createLog("web");

const DAY = 24 * 3600;
/** A session ends then in any case; idle ones sooner (sessions.ts). */
export const SESSION_DAYS = 30;

export interface AuthOptions {
  store: Store;
  /** The home's. Cookies are signed with a secret that derives from it. */
  secretKey: string;
  /** Such as https://signalbox.example.com: cookies are Secure exactly when it is https. */
  origin: string;
  /** Whose word about the client's address counts. */
  trustedProxies: string[];
}

/** One per origin: its cookies, its same-origin check. */
export function createAuth({ store, secretKey, origin, trustedProxies }: AuthOptions) {
  const { port, protocol } = new URL(origin);
  const secure = protocol === "https:";
  return betterAuth({
    appName: "Signalbox",
    baseURL: origin,
    basePath: "/api/auth",
    secret: derivedSecret(secretKey, "sign-in"),
    database: prismaAdapter(store, { provider: "postgresql", transaction: true }),
    trustedOrigins: [origin],
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: MIN_PASSWORD,
      maxPasswordLength: MAX_PASSWORD,
    },
    // Pages can't set cookies while they render, so a session is not prolonged on the way.
    session: { expiresIn: SESSION_DAYS * DAY, disableSessionRefresh: true, cookieCache: { enabled: false } },
    user: { additionalFields: { role: { type: "string", input: false, defaultValue: "viewer" } } },
    rateLimit: {
      enabled: true,
      storage: "memory",
      window: 10,
      max: 100,
      // Sign-in is throttled by account and address before it comes here: lib/auth/throttle.ts.
      customRules: { "/sign-in/email": { window: 10, max: 100 } },
    },
    advanced: {
      // Browsers keep cookies by host, whatever the port: installations side by side must not share one.
      // With https the name itself forbids a sibling domain to plant one.
      cookiePrefix: `${secure ? "__Host-" : ""}signalbox${port === "" ? "" : `-${port}`}`,
      // That would put its own prefix in front.
      useSecureCookies: false,
      defaultCookieAttributes: { secure, httpOnly: true, sameSite: "lax", path: "/" },
      ipAddress: { ipAddressHeaders: ["x-forwarded-for"], trustedProxies },
    },
    databaseHooks: {
      session: {
        create: {
          // Before the session, so that nobody signs in unrecorded.
          before: async ({ userId, ipAddress }) => {
            const user = await store.user.findUniqueOrThrow({ where: { id: userId } });
            // In the same words as a wrong password.
            if (user.suspendedAt !== null) throw new APIError("UNAUTHORIZED");
            await store.auditEntry.create({
              data: {
                actorKind: "user",
                actorId: user.id,
                actorName: user.name,
                action: "session.open",
                detail: { ip: ipAddress ?? null },
              },
            });
          },
        },
      },
    },
    telemetry: { enabled: false },
    onAPIError: { onError: (error) => log.error({ err: error }, "sign-in failed") },
    logger: {
      level: "error",
      log: (_level, message, ...details) => log.error({ details: details.map(String) }, message),
    },
    plugins: [openSession()],
  });
}

export type Auth = ReturnType<typeof createAuth>;
