/** An app that runs already is taken behind the gate on the new-app page, and let go again. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { confirmAndWatch, next, openDialog, runSucceeds } from "./dashboard.ts";
import { expect, test } from "./test.ts";
import { visit } from "./visit.ts";

test("a running app is adopted step by step, wrong input is answered in place, and it is let go again", async ({
  signedIn,
  consoleWatch,
}) => {
  // The page that watches the removal asks for the app once more when it is gone.
  consoleWatch.expect(/404/);
  const theirs = createServer((request, response) =>
    response.writeHead(request.url === "/healthz" ? 200 : 404).end("theirs"),
  ).listen(0, "127.0.0.1");
  await once(theirs, "listening");
  const { port } = theirs.address() as AddressInfo;
  const name = `theirs-${randomBytes(2).toString("hex")}`;
  const { page } = await signedIn("admin");

  await page.goto("/apps/new");
  await page.getByRole("radio", { name: /^It runs already/ }).check();
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByText("Problem: an address without a path")).toBeVisible();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Address of the running app").fill("http://127.0.0.1:9");
  await page.getByLabel("Health path").fill("/healthz");
  await page.getByRole("button", { name: "Check" }).click();
  const found = page.getByRole("list", { name: "What was found" });
  await expect(found).toContainText("Nothing listens at http://127.0.0.1:9.");
  await page.getByLabel("Address of the running app").fill(`http://127.0.0.1:${port}`);
  await page.getByRole("button", { name: "Check" }).click();
  await expect(found).toContainText("answers 200");
  await page.getByRole("button", { name: "Next" }).click();

  await expect(page.getByRole("heading", { name: "Which domains lead to it?" })).toBeFocused();
  await page.getByLabel("Public domains").fill("localhost");
  await page.getByRole("button", { name: "Next" }).click();
  await expect(found).toContainText("localhost is an address of this dashboard.");
  await page.getByLabel("Public domains").fill(`${name}.localhost`);
  await page.getByRole("button", { name: "Next" }).click();

  await page.getByLabel("The app's own connection string").fill("postgresql://shop:wrong@127.0.0.1:9/shop");
  await page.getByLabel("An administrator's connection string").fill("postgresql://p:x@127.0.0.1:9/postgres");
  await page.getByRole("button", { name: "Check" }).click();
  await expect(found).toContainText("nothing listens at 127.0.0.1:9");
  // What was said before can be gone back to, and is still there.
  await page.getByRole("button", { name: "Address" }).click();
  await expect(page.getByLabel("Health path")).toHaveValue("/healthz");
  await page.getByRole("button", { name: "Database" }).click();
  await page.getByRole("radio", { name: /^None, or not to be switched/ }).check();
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByRole("button", { name: "Next" }).click();
  await expect(page.getByText("Nothing of it is stopped, started or changed.")).toBeVisible();
  await page.getByRole("button", { name: "Adopt app" }).click();
  await page.waitForURL(`/apps/${name}`);
  await expect(page.getByText("Live", { exact: true }).last()).toBeVisible();
  expect((await visit(`${name}.localhost`, "/healthz")).status).toBe(200);

  // The next version is declared, as nothing is installed.
  const newer = createServer((_, response) => response.end("newer")).listen(0, "127.0.0.1");
  await once(newer, "listening");
  const dialog = await openDialog(
    page,
    next(page).getByRole("button", { name: "Deploy to green" }),
    "Deploy a release to green",
  );
  await dialog.getByRole("button", { name: "Deploy to green" }).click();
  await expect(dialog.getByText(/^Problem: say/)).toBeVisible();
  await dialog.getByLabel("Version").fill("2.0");
  await dialog.getByLabel("Address").fill(`http://127.0.0.1:${(newer.address() as AddressInfo).port}`);
  await confirmAndWatch(page, dialog, "Deploy to green");
  await runSucceeds(page);

  await page.goto(`/apps/${name}/settings`);
  await page.getByLabel(`Type ${name} to remove it`).fill(name);
  await page.getByRole("button", { name: `Remove ${name}` }).click();
  await page.waitForURL(/\/runs\//);
  await runSucceeds(page);
  await expect(page.getByText("The processes were left running")).toBeVisible();
  expect((await visit(`${name}.localhost`, "/healthz")).status).toBe(404);
  theirs.close();
  newer.close();
});
