/** People who may sign in, made at the store as the owner of the machine would, and pages of theirs. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "@playwright/test";
import { mintAdminLink, mintSignInLink, SIGN_IN_LINK_PATH } from "#lib/auth/sign-in-link.ts";
import { createUser } from "#lib/auth/users.ts";
import { readEnvironment } from "#lib/config/environment.ts";
import { connections, openHome } from "#lib/config/open-home.ts";
import type { OperationContext } from "#lib/operations/context.ts";
import type { Role } from "#lib/operations/role.ts";
import { openStore } from "#lib/store/client.ts";
import { site } from "./installation.ts";

export interface Person {
  id: string;
  name: string;
  email: string;
  role: Role;
  /** Signs them in, once. */
  link: string;
}

export interface Desk {
  /** Somebody new with a name that nobody else has. */
  person(role: Role, name?: string): Promise<Person>;
  /** A link that is good for `ttlMs`; one below zero is too old already. */
  link(person: Person, ttlMs: number): Promise<string>;
  /** The link that the demo printed. Where its home was used before, another for the same admin. */
  adminLink(): Promise<string>;
  close(): Promise<void>;
}

export function openDesk(): Desk {
  const environment = readEnvironment({
    SIGNALBOX_HOME: site.home,
    SIGNALBOX_PORT: String(site.gatewayPort),
  });
  const home = openHome(environment);
  const store = openStore(connections(home, environment).store, { maxConnections: 2, name: "e2e" });
  const context: OperationContext = {
    store,
    home,
    actor: { kind: "cli", id: "e2e", name: "e2e", role: "admin" },
    dashboardHosts: environment.dashboardHosts,
    site: { scheme: "http", port: site.gatewayPort },
  };
  const url = (token: string) => site.dashboardUrl + SIGN_IN_LINK_PATH + token;
  return {
    async adminLink() {
      if ((await store.user.count()) === 0) return site.signInUrl;
      return url(await mintAdminLink(store, 60_000));
    },
    async person(role, name = role) {
      const unique = crypto.randomUUID().slice(0, 8);
      const wanted = { name: `${name} ${unique}`, email: `${unique}@example.com`, role };
      const { user, link } = await createUser(context, wanted);
      return { ...wanted, id: user.id, link: url(link) };
    },
    link: async ({ id }, ttlMs) => url(await mintSignInLink(store, { userId: id, ttlMs })),
    close: () => store.$disconnect(),
  };
}

/** A browser of their own in which they are signed in, with one empty page. */
export async function signIn(
  browser: Browser,
  { link }: Person,
  options: BrowserContextOptions,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ baseURL: site.dashboardUrl, ...options });
  const page = await context.newPage();
  await page.goto(link);
  return { context, page };
}
