import { globSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "#lib/config/environment.ts";
import { apiRoutes } from "#lib/http/api-routes.ts";
import { site } from "./installation.ts";
import { expect, test } from "./test.ts";
import { visit } from "./visit.ts";

/**
 * What is open to anybody, each for a reason: signing in, testers' links (access.spec.ts), what load balancers ask, what
 * the API looks like.
 */
const OPEN = [
  "/share/[token]",
  "/sign-in",
  "/sign-in/link/[token]",
  "/api/auth/[...all]",
  "/api/v1/healthz",
  "/api/v1/readyz",
  "/api/v1/openapi.json",
];

/** Addresses as the app's folders make them. */
const addresses = (file: "page.tsx" | "route.ts"): string[] =>
  globSync(`**/${file}`, { cwd: join(REPOSITORY, "app") })
    .map(
      (path) =>
        `/${path.slice(0, -file.length - 1)}`.replace(/\/\([^/]+\)/g, "").replace(/\/\.?$/, "") || "/",
    )
    .filter((address) => !OPEN.includes(address));

const filled = (address: string) =>
  address.replaceAll(/\[app\]|\{app\}/g, "shop").replaceAll(/\[[^\]]+\]|\{[^}]+\}/g, "swap");

for (const address of addresses("page.tsx")) {
  test(`the page ${address} sends strangers to sign in`, async () => {
    const answer = await visit("localhost", filled(address));
    expect({ status: answer.status, location: answer.headers.location }).toEqual({
      status: 307,
      location: expect.stringMatching(/^\/sign-in(\?next=|$)/),
    });
    expect(answer.text).not.toContain("shop.localhost");
  });
}

test("every page and every endpoint is tried here", () => {
  expect(addresses("page.tsx").length).toBeGreaterThanOrEqual(10);
  expect(addresses("route.ts").length).toBeGreaterThanOrEqual(15);
});

for (const address of addresses("route.ts")) {
  test(`${address} tells strangers nothing`, async () => {
    for (const method of ["GET", "POST", "DELETE"] as const) {
      const answer = await visit("localhost", filled(address), {
        method,
        accept: "application/json",
        ...(method === "POST" && { body: {} }),
      });
      // 405: there is no such act; 303: the way to staging leads to the sign-in page.
      expect.soft([401, 405, 303], `${method} ${address}: ${answer.status}`).toContain(answer.status);
      if (answer.status === 303) expect.soft(answer.headers.location).toMatch(/^\/sign-in/);
      expect.soft(answer.text).not.toContain("shop.localhost");
    }
  });
}

test("no endpoint takes a wrong, empty or revoked token", async () => {
  const tokens = ["Bearer ", "Bearer sbx_wrong", `Basic ${site.apiToken}`, `Bearer ${site.apiToken}x`];
  for (const route of apiRoutes)
    for (const authorization of tokens) {
      const path = `/api/v1${filled(route.path)}`;
      const answer = await visit("localhost", path, {
        method: route.method as "GET",
        headers: { authorization },
      });
      // 429: guessing is slowed down.
      expect
        .soft([401, 429], `${route.method} ${path} with ${authorization.slice(0, 12)}: ${answer.status}`)
        .toContain(answer.status);
    }
});

test("a session counts only for the dashboard's own pages", async ({ signedIn }) => {
  const { page } = await signedIn("operator");
  for (const origin of ["http://evil.example", site.publicUrl, "null"]) {
    const answer = await page.request.post("/api/v1/apps/shop/restart", { headers: { origin }, data: {} });
    expect.soft(answer.status(), origin).toBe(403);
  }
});

test("the dashboard answers under its own host only", async () => {
  const answer = await visit("elsewhere.example", "/sign-in");
  expect(answer.status).toBe(404);
  expect(answer.text).not.toContain("Sign in to Signalbox");
});
