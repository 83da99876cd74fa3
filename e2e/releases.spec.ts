import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { confirmAndWatch, next, openCockpit, openDialog, runSucceeds } from "./dashboard.ts";
import { makeShop } from "./shop-app.ts";
import { expect, test } from "./test.ts";

test("an archive from the browser becomes a release, and an older one is put back", async ({
  signedIn,
  api,
  consoleWatch,
}) => {
  // Browsers note an upload that was refused.
  consoleWatch.expect(/409/);
  const shop = await makeShop(api, "archive");
  const folder = await shop.release("1.1.0");
  const archive = join(folder, "..", "shop-1.1.0.tar.gz");
  execFileSync("tar", ["-C", folder, "-czf", archive, "."]);
  const { page } = await signedIn("operator");
  await openCockpit(page, shop.name);
  const deploy = next(page).getByRole("button", { name: "Deploy to green" });
  const dialog = await openDialog(page, deploy, "Deploy a release to green");
  // It begins with where the last release came from.
  await expect(dialog.getByLabel("Source folder")).toHaveValue(/1\.0\.0$/);
  await dialog.getByText("Archive", { exact: true }).click();
  await dialog.getByRole("button", { name: "Deploy to green" }).click();
  await expect(dialog.getByText("Problem: choose an archive")).toBeVisible();
  await dialog.locator("input[type=file]").setInputFiles({
    name: "broken.zip",
    mimeType: "application/zip",
    buffer: Buffer.from("not an archive at all"),
  });
  await expect(dialog.getByRole("alert")).toContainText("This is no archive, or it is damaged.");
  await dialog.locator("input[type=file]").setInputFiles(archive);
  await expect(dialog.getByText("shop-1.1.0.tar.gz", { exact: false })).toContainText("is there");
  await expect(dialog.getByText("Problem:")).toHaveCount(0);
  await confirmAndWatch(page, dialog, "Deploy to green");
  await runSucceeds(page);

  await page.goto(`/apps/${shop.name}/releases`);
  const row = (version: string) =>
    page.getByRole("listitem").filter({ hasText: version }).filter({ hasText: "installed" });
  await expect(row("1.1.0")).toContainText("the upload shop-1.1.0.tar.gz");
  await expect(row("1.0.0")).toContainText("live");
  const again = row("1.0.0").getByRole("button", { name: "Deploy again 1.0.0" });
  const second = await openDialog(page, again, "Deploy a release to green");
  await expect(second).toContainText("An installed release again");
  await confirmAndWatch(page, second, "Deploy to green");
  await runSucceeds(page);

  await page.goto(`/apps/${shop.name}/releases`);
  await row("1.1.0").getByRole("button", { name: "Remove 1.1.0" }).click();
  await row("1.1.0").getByRole("button", { name: "Remove 1.1.0 now" }).click();
  await expect(row("1.1.0")).toHaveCount(0);
});

test("a credential is kept without being shown, and offered where a repository is deployed", async ({
  signedIn,
  api,
}) => {
  const shop = await makeShop(api, "repository");
  const { page } = await signedIn("operator");
  await page.goto(`/apps/${shop.name}/settings`);
  const panel = page.getByRole("region", { name: "Credentials for repositories" });
  await panel.getByLabel("Name").fill("github");
  await panel.getByLabel("Token", { exact: true }).fill("ghp_never_to_be_seen");
  await panel.getByRole("button", { name: "Add credential" }).click();
  await expect(panel.getByRole("listitem").filter({ hasText: "github" })).toContainText("token");
  await page.reload();
  await expect(panel.getByRole("listitem").filter({ hasText: "github" })).toBeVisible();
  expect(await page.content()).not.toContain("ghp_never_to_be_seen");

  await openCockpit(page, shop.name);
  const deploy = next(page).getByRole("button", { name: "Deploy to green" });
  const dialog = await openDialog(page, deploy, "Deploy a release to green");
  await dialog.getByText("Repository", { exact: true }).first().click();
  await dialog.getByLabel("Repository", { exact: true }).last().fill("ext::sh -c id");
  await dialog.getByLabel("Credential").selectOption("github");
  await dialog.getByRole("button", { name: "Deploy to green" }).click();
  await expect(dialog.getByRole("alert")).toContainText("is no address of a repository");
  await page.goto(`/apps/${shop.name}/settings`);
  await panel.getByRole("button", { name: "Remove github" }).click();
  await panel.getByRole("button", { name: "Remove github now" }).click();
  await expect(panel).toContainText("None yet.");
});
