/** `test` with what every file needs: the API, people, their pages, and an eye on the console. */
import {
  type BrowserContext,
  type BrowserContextOptions,
  test as base,
  expect,
  type Page,
} from "@playwright/test";
import { type Api, openApi } from "#bench/day/api.ts";
import type { Role } from "#lib/operations/role.ts";
import { ConsoleWatch } from "./console-watch.ts";
import { site } from "./installation.ts";
import { type Desk, openDesk, type Person, signIn } from "./people.ts";

interface TestFixtures {
  /** Errors in any page fail the test, unless they are expected here. */
  consoleWatch: ConsoleWatch;
  /** A page of somebody new with the role, signed in, in a browser of their own. */
  signedIn(role: Role, options?: BrowserContextOptions): Promise<{ page: Page; person: Person }>;
  /** A browser of somebody unknown. */
  stranger(options?: BrowserContextOptions): Promise<Page>;
}

interface WorkerFixtures {
  /** As a script with an admin's token uses it. */
  api: Api;
  desk: Desk;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from the pattern
  api: [({}, use) => use(openApi(site.gatewayPort, site.apiToken, { lookMs: 50 })), { scope: "worker" }],
  desk: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const desk = openDesk();
      await use(desk);
      await desk.close();
    },
    { scope: "worker" },
  ],
  consoleWatch: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const watch = new ConsoleWatch();
      await use(watch);
      const what = ["errors in the browser's console", ...(await watch.refusals())].join("\n");
      expect(watch.errors, what).toEqual([]);
    },
    { auto: true },
  ],
  signedIn: async ({ browser, desk, consoleWatch }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (role, options = {}) => {
      const person = await desk.person(role);
      const { context, page } = await signIn(browser, person, options);
      consoleWatch.watch(context);
      contexts.push(context);
      return { page, person };
    });
    for (const context of contexts) await context.close();
  },
  stranger: async ({ browser, consoleWatch }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext({ baseURL: site.dashboardUrl, ...options });
      consoleWatch.watch(context);
      contexts.push(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },
});

export { expect };
