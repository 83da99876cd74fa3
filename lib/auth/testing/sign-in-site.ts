/** For tests: a sign-in on a store of its own for each test, under http://localhost:8080. */
import { afterAll, beforeAll, beforeEach } from "vitest";
import { readEnvironment } from "#lib/config/environment.ts";
import { makeInstallation, setInstallation } from "#lib/http/installation.ts";
import { openLink } from "#lib/http/open-link.ts";
import type { OperationContext } from "#lib/operations/context.ts";
import type { Role } from "#lib/operations/role.ts";
import { contextAs, makeTestHome, TEST_SECRET, type TestHome } from "#lib/operations/testing/site.ts";
import { startTestStores, type TestStore, type TestStores } from "#lib/store/testing.ts";

export const ORIGIN = "http://localhost:8080";

export interface SignInSite {
  db: TestStore;
  as(role: Role): OperationContext;
}

/** Call it at the top of a test file; what it returns is another one in every test. */
export function signInSite(): SignInSite {
  let stores: TestStores;
  let place: TestHome;
  const site: Partial<SignInSite> = { as: (role) => contextAs(site.db!.store, place.home, role) };
  beforeAll(async () => {
    stores = await startTestStores();
    place = makeTestHome();
  });
  afterAll(async () => {
    await stores?.stop();
    place?.remove();
  });
  beforeEach(async () => {
    site.db = await stores.create();
    const { store, url: storeUrl } = site.db;
    const dashboardHosts = ["localhost", "panel.example"];
    const { home } = place;
    setInstallation(
      makeInstallation({
        environment: readEnvironment({ SIGNALBOX_HOME: home.dir, DATABASE_URL: storeUrl }),
        home,
        store,
        storeUrl,
        secretKey: TEST_SECRET,
        dashboardHosts,
        gatewayPort: 8080,
      }),
    );
  });
  return site as SignInSite;
}

/** As it reaches the web process behind the gateway. */
export const request = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  new Request(`http://127.0.0.1:3000${path}`, { ...init, headers: { host: "localhost:8080", ...headers } });

export const open = (token: string, headers?: Record<string, string>) =>
  openLink(request(`/sign-in/link/${token}`, headers), token);

export const cookieOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0])
    .join("; ");
