import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openCockpit, openDialog, panel } from "./dashboard.ts";
import { site } from "./installation.ts";
import { makeShop, type ShopApp } from "./shop-app.ts";
import { expect, test } from "./test.ts";
import { visit } from "./visit.ts";
import { Visitors } from "./visitors.ts";

let shop: ShopApp;
test.beforeAll(async ({ api }) => {
  shop = await makeShop(api, "watch", { idle: "1.1.0" });
});

/** Of the process that answers for the dashboard. */
const webPid = (): number => JSON.parse(readFileSync(join(site.home, "run", "web.json"), "utf8")).pid;

test("what one does the others see, without a reload", async ({ signedIn }) => {
  const one = (await signedIn("operator")).page;
  const two = (await signedIn("viewer")).page;
  await openCockpit(one, shop.name);
  await openCockpit(two, shop.name);
  await two.evaluate(() => Object.assign(window, { sameDocument: true }));
  const list = await two.context().newPage();
  await list.goto("/");

  const green = one.getByRole("region", { name: /^Green/ });
  const pause = await openDialog(one, green.getByRole("button", { name: "Pause green" }), "Pause green");
  await pause.getByRole("button", { name: "Pause green" }).click();
  for (const page of [one, two]) {
    await expect(
      page
        .getByRole("region", { name: /^Green/ })
        .getByText("Paused")
        .first(),
    ).toBeVisible();
    await expect(panel(page, "Recent runs").getByRole("listitem").first()).toContainText(/Pause\s*Succeeded/);
  }
  await expect(list.getByRole("article").filter({ hasText: shop.name })).toContainText("Pause");

  const resume = await openDialog(one, green.getByRole("button", { name: "Resume green" }), "Resume green");
  await resume.getByRole("button", { name: "Resume green" }).click();
  for (const page of [one, two])
    await expect(panel(page, "Recent runs").getByRole("listitem").first()).toContainText(
      /Resume\s*Succeeded/,
    );
  expect(await two.evaluate(() => "sameDocument" in window)).toBe(true);
});

test("the traffic of each slot is on the screen as it comes", async ({ signedIn }) => {
  const { page } = await signedIn("viewer");
  await openCockpit(page, shop.name);
  const blue = page.getByRole("region", { name: /^Blue/ });
  const visitors = new Visitors(shop.publicHost, { reads: 30, writes: 2 });
  await expect(blue).toContainText(/Req\/s\s*[1-9]\d/);
  await visitors.leaveContent();
});

test("a dashboard that is killed says so in open pages and comes back; visitors notice nothing", async ({
  signedIn,
  consoleWatch,
}) => {
  const { page } = await signedIn("operator");
  const shell = await page.context().newPage();
  await openCockpit(page, shop.name);
  await shell.goto("/audit");
  const tracks = panel(page, "Tracks");
  await expect(tracks.getByText("Live", { exact: true }).first()).toBeVisible();
  consoleWatch.expect(/Failed to load resource/, /ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY/);
  const visitors = new Visitors(shop.publicHost);

  const pid = webPid();
  // Looked for at every frame: the dashboard may be back within a second.
  const said = page.waitForFunction(() => document.body.textContent?.includes("Not live since"));
  process.kill(pid, "SIGKILL");
  await said;
  expect((await visit(shop.publicHost, "/")).status).toBe(200);
  await expect.poll(webPid, { timeout: 60_000 }).not.toBe(pid);
  await expect(page.getByText("Not live since")).toHaveCount(0, { timeout: 60_000 });
  await expect(tracks.getByText("Live", { exact: true }).first()).toBeVisible();

  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page).toHaveURL(/\/runs$/);
  await shell.reload();
  await expect(shell.getByRole("heading", { level: 1, name: "Audit" })).toBeVisible();
  await visitors.leaveContent();
});
