import { next, openCockpit, panel } from "./dashboard.ts";
import { at, site } from "./installation.ts";
import { makeShop, type ShopApp } from "./shop-app.ts";
import { expect, test } from "./test.ts";
import { visit } from "./visit.ts";

let shop: ShopApp;
test.beforeAll(async ({ api }) => {
  shop = await makeShop(api, "gallery", { stagingAccess: "testers", idle: "1.1.0" });
});

test("a tester sees the next release on staging, and the public domain stays as it was", async ({
  signedIn,
  consoleWatch,
}) => {
  const { page } = await signedIn("tester");
  consoleWatch.expect(new RegExp(`403 .*${shop.stagingHost}`));

  await page.goto(at(shop.stagingHost));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("For testers");

  await openCockpit(page, shop.name);
  const opened = page.waitForEvent("popup");
  await panel(page, "Who gets what")
    .getByRole("link", { name: new RegExp(`^${shop.stagingHost}`) })
    .click();
  const staging = await opened;
  await expect(staging.locator("#release")).toHaveText("1.1.0");
  await expect(staging.locator("#slot")).toHaveText("green");
  await staging.getByRole("link", { name: "Reviews" }).click();
  await expect(staging.getByRole("heading", { name: "Reviews" })).toBeVisible();
  expect(staging.url()).not.toContain("pass=");

  await page.goto(at(shop.publicHost));
  await expect(page.locator("#release")).toHaveText("1.0.0");
  await expect(page.getByRole("link", { name: "Reviews" })).toHaveCount(0);
});

test("without a pass, or with another app's, staging is closed, and nothing of it shows", async ({ api }) => {
  const refused = await visit(shop.stagingHost, "/");
  expect(refused.status).toBe(403);
  expect(refused.text).not.toContain("1.1.0");
  const json = await visit(shop.stagingHost, "/orders/count", { accept: "application/json" });
  expect({ status: json.status, ...JSON.parse(json.text) }).toMatchObject({
    status: 403,
    error: "testers-only",
  });
  const forged = await visit(shop.stagingHost, "/.well-known/signalbox/enter?pass=gallery.9999999999999.x");
  expect(forged.status).toBe(403);
  expect(forged.headers["set-cookie"]).toBeUndefined();

  const other = await makeShop(api, "other", { stagingAccess: "testers" });
  const path = `/api/v1/apps/${other.name}/staging-pass`;
  const answer = await visit("localhost", path, { headers: { authorization: `Bearer ${site.apiToken}` } });
  const pass = new URL(JSON.parse(answer.text).urls[0].url);
  expect((await visit(shop.stagingHost, pass.pathname + pass.search)).status).toBe(403);
});

test("a viewer gets no pass", async ({ signedIn }) => {
  const { page } = await signedIn("viewer");
  const answer = await page.request.get(`/api/v1/apps/${shop.name}/staging-pass`);
  expect(answer.status()).toBe(403);
  expect(await answer.json()).toMatchObject({ error: { code: "forbidden" } });
  const preview = await page.request.get(`/apps/${shop.name}/preview?host=${shop.stagingHost}`, {
    maxRedirects: 0,
  });
  expect(preview.status()).toBe(403);
});

test("a tester can't swap: the buttons say why, and the API refuses the session", async ({
  signedIn,
  api,
}) => {
  const { page } = await signedIn("tester");
  await openCockpit(page, shop.name);
  const before = (await api.app(shop.name)).recentRuns.length;
  const buttons = page.getByRole("button", {
    name: /^(Swap|Sync|Deploy|Roll back|Finish|Maintenance|Pause|Restart|Publish|Unpublish)/,
  });
  expect(await buttons.count()).toBeGreaterThan(10);
  for (const button of await buttons.all()) {
    await expect(button).toHaveAttribute("aria-disabled", "true");
    await expect(button).toHaveAccessibleDescription(/You are tester; acts need the role operator\./);
  }
  // It looks and counts as disabled, and is pressed all the same by who wants to know why.
  await next(page).getByRole("button", { name: "Sync to green" }).click({ force: true });
  await expect(page.getByText("Ask an admin for the role, or an operator to do it.").last()).toBeVisible();
  await expect(page.getByRole("dialog", { name: /Swap/ })).toHaveCount(0);

  for (const [method, path] of [
    ["POST", `apps/${shop.name}/swap`],
    ["POST", `apps/${shop.name}/deploy`],
    ["POST", `apps/${shop.name}/maintenance`],
    ["POST", "maintenance"],
    ["POST", "apps"],
    ["GET", "tokens"],
    ["GET", "audit"],
  ] as const) {
    const answer = await page.request.fetch(`/api/v1/${path}`, {
      method,
      headers: { origin: site.dashboardUrl },
      ...(method === "POST" && { data: {} }),
    });
    expect.soft(answer.status(), `${method} ${path}`).toBe(403);
  }
  expect((await api.app(shop.name)).recentRuns).toHaveLength(before);
});
