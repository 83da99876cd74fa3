import { randomBytes } from "node:crypto";
import { RUN_MS } from "#bench/day/shop.ts";
import { next, openCockpit, openDialog, panel } from "./dashboard.ts";
import { makeShop } from "./shop-app.ts";
import { expect, test } from "./test.ts";

test("a new app shows what to do first, and refuses the rest with reasons", async ({ signedIn, api }) => {
  const name = `new-${randomBytes(2).toString("hex")}`;
  const { page } = await signedIn("admin");
  await page.goto("/apps/new");
  await page.getByLabel("Name", { exact: true }).fill("Not A Name");
  await page.getByRole("button", { name: "Create app" }).click();
  await expect(page.getByText("Problem: lower-case letters, digits and dashes")).toBeVisible();
  await expect(page.getByText("Problem: name at least one.")).toBeVisible();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Public domains").fill(`${name}.localhost`);
  await page.getByRole("button", { name: "Create app" }).click();
  await page.waitForURL(`/apps/${name}`);

  await expect(panel(page, "Tracks")).toContainText("Nothing is live.");
  const { activeRun } = await api.app(name);
  if (activeRun) await api.succeeded(activeRun.id, RUN_MS);
  await expect(next(page)).toContainText("Nothing is deployed yet.");
  await expect(panel(page, "Is it safe to swap?")).toContainText("Nothing is live yet.");
  await expect(panel(page, "Is it safe to go back?")).toContainText("Nothing is live yet.");
  const deploy = next(page).getByRole("button", { name: "Deploy to blue" });
  const dialog = await openDialog(page, deploy, "Deploy a release to blue");
  await dialog.getByRole("button", { name: "Deploy to blue" }).click();
  await expect(dialog.getByText("Problem: say where the release's files are.")).toBeVisible();
  await dialog.getByLabel("Source folder").fill("somewhere");
  await dialog.getByRole("button", { name: "Deploy to blue" }).click();
  await expect(dialog.getByText("Problem: give the whole path, beginning with a slash.")).toBeVisible();

  await page.goto("/apps/new");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Public domains").fill("other.localhost");
  await page.getByRole("button", { name: "Create app" }).click();
  await expect(page.getByRole("main").getByRole("alert")).toContainText("The app exists already.");
});

test("a release that is not there fails its run with the reason, and leaves everything as it was", async ({
  signedIn,
  api,
}) => {
  const shop = await makeShop(api, "wrong");
  const { page } = await signedIn("operator");
  await openCockpit(page, shop.name);
  const deploy = next(page).getByRole("button", { name: "Deploy to green" });
  const dialog = await openDialog(page, deploy, "Deploy a release to green");
  await dialog.getByLabel("Source folder").fill("/nowhere/at/all");
  await dialog.getByRole("button", { name: "Deploy to green" }).click();
  const reason = page.getByText(/\/nowhere\/at\/all/).last();
  await expect(reason).toBeVisible();
  const { activeRun, live } = await api.app(shop.name);
  expect({ activeRun, live }).toEqual({ activeRun: null, live: "blue" });
});

test("what is not there says so, with a way on", async ({ signedIn, consoleWatch }) => {
  consoleWatch.expect(/404/);
  const { page } = await signedIn("viewer");
  for (const path of [
    "/nothing",
    "/apps/nothing",
    "/apps/nothing/runs",
    "/apps/nothing/logs",
    "/runs/nothing",
  ]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
    await page.getByRole("link", { name: "To the apps" }).click();
    await expect(page).toHaveURL("/");
  }
});

test("pages beyond a role say which role they need", async ({ signedIn }) => {
  const { page } = await signedIn("viewer");
  for (const [path, role] of [
    ["/audit", "operator"],
    ["/settings/people", "admin"],
    ["/settings/tokens", "admin"],
    ["/apps/new", "admin"],
  ] as const) {
    await page.goto(path);
    await expect(page.getByText(`This page needs the role ${role}`)).toBeVisible();
  }
});

test("a token is shown once, works, and is refused after it was revoked", async ({ signedIn }) => {
  const { page } = await signedIn("admin");
  await page.goto("/settings/tokens");
  const name = `script ${randomBytes(2).toString("hex")}`;
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Create token" }).click();
  const secret = (await page.getByText(/^sbx_/).textContent()) ?? "";
  const answer = (status: number) =>
    expect
      .poll(async () =>
        (await page.request.get("/api/v1/apps", { headers: { authorization: `Bearer ${secret}` } })).status(),
      )
      .toBe(status);
  await answer(200);
  await page.reload();
  await expect(page.getByText(secret)).toHaveCount(0);
  await page.getByRole("button", { name: `Revoke ${name}` }).click();
  await page.getByRole("button", { name: `Revoke ${name} now` }).click();
  await expect(page.getByRole("listitem").filter({ hasText: name })).toContainText("Revoked");
  await answer(401);
});
