/** For tests: an installation with a store of its own, people, tokens and a served API. */
import { createToken } from "#lib/auth/api-token.ts";
import { mintSignInLink } from "#lib/auth/sign-in-link.ts";
import { createUser } from "#lib/auth/users.ts";
import { readEnvironment } from "#lib/config/environment.ts";
import type { Role } from "#lib/operations/role.ts";
import { contextAs, makeTestHome, TEST_SECRET } from "#lib/operations/testing/site.ts";
import { startTestStores, type TestStore } from "#lib/store/testing.ts";
import { type Installation, makeInstallation, setInstallation } from "../installation.ts";
import { openLink } from "../open-link.ts";
import { type ServedApi, serveApi } from "./serve-api.ts";

export interface ApiSite {
  db: TestStore;
  site: Installation;
  api: ServedApi;
  /** A secret of a token with that role. */
  token(role: Exclude<Role, "none">, apps?: string[]): Promise<string>;
  /** A Cookie header of somebody who signed in with a link. */
  cookie(role: Role, name?: string): Promise<string>;
  /** `path` below /api/v1. With a string for `as` it is a bearer token. */
  call(
    method: string,
    path: string,
    as: string | Record<string, string> | null,
    body?: unknown,
  ): Promise<Response>;
  stop(): Promise<void>;
}

export async function startApiSite(): Promise<ApiSite> {
  const stores = await startTestStores();
  const db = await stores.create();
  const place = makeTestHome();
  const { home } = place;
  const { store } = db;
  const site = makeInstallation({
    environment: readEnvironment({ SIGNALBOX_HOME: home.dir, DATABASE_URL: db.url }),
    home,
    store,
    storeUrl: db.url,
    secretKey: TEST_SECRET,
    dashboardHosts: ["localhost", "127.0.0.1"],
    gatewayPort: 8080,
  });
  setInstallation(site);
  const api = await serveApi();
  const admin = contextAs(store, home, "admin");
  let serial = 0;
  return {
    db,
    site,
    api,
    token: async (role, apps) => (await createToken(admin, { name: `${role} script`, role, apps })).secret,
    async cookie(role, name = role) {
      serial += 1;
      const email = `${name}${serial}@example.com`.toLowerCase();
      const { user } = await createUser(admin, { name, email, role });
      const token = await mintSignInLink(store, { userId: user.id, ttlMs: 60_000 });
      const request = new Request(`${api.url}/sign-in/link/${token}`, {
        headers: { host: new URL(api.url).host },
      });
      const response = await openLink(request, token);
      return response.headers
        .getSetCookie()
        .map((cookie) => cookie.split(";", 1)[0])
        .join("; ");
    },
    call(method, path, as, body) {
      const headers = typeof as === "string" ? { authorization: `Bearer ${as}` } : (as ?? {});
      return fetch(`${api.url}/api/v1${path}`, {
        method,
        headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    },
    async stop() {
      await api.close();
      await site.live.close();
      await stores.stop();
      place.remove();
    },
  };
}
