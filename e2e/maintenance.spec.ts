import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { next, openCockpit, openDialog } from "./dashboard.ts";
import { at, site } from "./installation.ts";
import { makeShop, type ShopApp } from "./shop-app.ts";
import { expect, test } from "./test.ts";
import { visit } from "./visit.ts";

/** What the product promises, and what a busy machine needs to draw a page. */
const SHOWS_WITHIN_MS = 1_000 + 2_000;

let shop: ShopApp;
let ownLock: string;
const lockForAll = join(site.maintenanceDir, "enabled.lock");
const touch = (file: string) => writeFileSync(file, "");
const remove = (file: string) => rmSync(file, { force: true });

test.beforeAll(async ({ api }) => {
  shop = await makeShop(api, "gate", { idle: "1.1.0" });
  ownLock = join(site.maintenanceDir, shop.name, "enabled.lock");
});
test.afterEach(() => [lockForAll, ownLock].forEach(remove));

test("touch closes the gate for visitors only, and every page says who closed it", async ({
  signedIn,
  consoleWatch,
}) => {
  const { page } = await signedIn("operator");
  const visitor = await page.context().newPage();
  consoleWatch.expect(new RegExp(`503 .*${shop.publicHost}`));
  const closed = page.getByText(/The gate is closed.*, by a person: visitors get 503\./);
  await openCockpit(page, shop.name);

  for (const lock of [ownLock, lockForAll]) {
    touch(lock);
    await expect(closed).toBeVisible({ timeout: SHOWS_WITHIN_MS });
    await expect(page.getByRole("figure").first()).toContainText("are turned away with 503");
    const answer = await visitor.goto(at(shop.publicHost));
    expect(answer?.status()).toBe(503);
    expect(answer?.headers()).toMatchObject({ "cache-control": "no-store", "retry-after": /^\d+$/ });
    await expect(visitor.getByRole("heading", { level: 1 })).toBeVisible();
    expect((await visit(shop.stagingHost, "/")).status).toBe(200);
    expect(
      (await visit(shop.publicHost, "/", { accept: "application/json" })).headers["content-type"],
    ).toMatch(/^application\/json/);
    remove(lock);
    await expect(closed).toBeHidden({ timeout: SHOWS_WITHIN_MS });
    expect((await visit(shop.publicHost, "/")).status).toBe(200);
  }
});

test("closed in the dashboard with a message, opened with rm", async ({ signedIn, consoleWatch }) => {
  const { page, person } = await signedIn("operator");
  const visitor = await page.context().newPage();
  consoleWatch.expect(new RegExp(`503 .*${shop.publicHost}`));
  await openCockpit(page, shop.name);
  const button = next(page).getByRole("button", { name: "Maintenance" });
  const dialog = await openDialog(page, button, `Close the gate of ${shop.name}`);
  await dialog.getByLabel("Message for visitors (optional)").fill("Back at noon <3");
  await dialog.getByLabel("Ask browsers to come back after (seconds, optional)").fill("77");
  await dialog.getByRole("button", { name: "Close the gate" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Visitors read: “Back at noon <3”")).toBeVisible();

  const answer = await visitor.goto(at(shop.publicHost));
  expect(answer?.status()).toBe(503);
  expect(answer?.headers()["retry-after"]).toBe("77");
  await expect(visitor.getByText("Back at noon <3")).toBeVisible();

  remove(ownLock);
  await expect(next(page).getByRole("button", { name: "Maintenance" })).toBeVisible();
  await visitor.goto(at(shop.publicHost));
  await expect(visitor.locator("#release")).toHaveText("1.0.0");
  await page.goto("/audit");
  await expect(page.getByRole("listitem").filter({ hasText: person.name }).first()).toContainText(
    "app.maintenance",
  );
});

test("closed over the API, opened in the dashboard", async ({ signedIn, api }) => {
  const { page } = await signedIn("operator");
  await openCockpit(page, shop.name);
  await api.act(shop.name, "maintenance", { on: true, message: "By a script" });
  await expect(page.getByText("Visitors read: “By a script”")).toBeVisible({ timeout: SHOWS_WITHIN_MS });
  expect((await visit(shop.publicHost, "/")).status).toBe(503);
  const button = next(page).getByRole("button", { name: "Open the gate" }).first();
  const dialog = await openDialog(page, button, `Open the gate of ${shop.name}`);
  await dialog.getByRole("button", { name: "Open the gate" }).click();
  await expect(page.getByText(/The gate is closed/)).toHaveCount(0);
  expect((await visit(shop.publicHost, "/")).status).toBe(200);
});

test("the operator gets in while the gate is closed for everything", async ({ signedIn }) => {
  touch(lockForAll);
  const { page } = await signedIn("operator");
  await page.goto("/");
  await expect(page.getByRole("article").filter({ hasText: shop.name })).toContainText("Gate closed");
});
