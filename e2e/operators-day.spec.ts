import {
  confirmAndWatch,
  next,
  openCockpit,
  openDialog,
  panel,
  preflightIsGood,
  runSucceeds,
} from "./dashboard.ts";
import { at, site } from "./installation.ts";
import { makeShop } from "./shop-app.ts";
import { expect, test } from "./test.ts";
import { visit } from "./visit.ts";
import { Visitors } from "./visitors.ts";

test("an operator updates the shop, goes back and goes forward again, and no visitor notices", async ({
  api,
  desk,
  stranger,
}) => {
  test.setTimeout(400_000);
  const link = await desk.adminLink();
  const shop = await makeShop(api, "day");
  let visitors = new Visitors(shop.publicHost);
  const page = await stranger();
  const inShop = await stranger();
  const inStaging = await stranger();
  const shows = async (where: typeof page, host: string, release: string, slot: string) => {
    await where.goto(at(host));
    await expect(where.locator("#release")).toHaveText(release);
    await expect(where.locator("#slot")).toHaveText(slot);
  };

  await test.step("sign in by the link that works once", async () => {
    await page.goto(link);
    await expect(page.getByRole("heading", { level: 1, name: "Apps" })).toBeVisible();
    await page.getByRole("link", { name: shop.name, exact: true }).click();
    await expect(panel(page, "Tracks")).toContainText(
      `Visitors of ${shop.publicHost} reach blue, which is live with release 1.0.0.`,
    );
  });

  await test.step("deploy 1.1.0 to the idle slot", async () => {
    const deploy = next(page).getByRole("button", { name: "Deploy to green" });
    const dialog = await openDialog(page, deploy, "Deploy a release to green");
    await dialog.getByLabel("Source folder").fill(await shop.release("1.1.0"));
    await confirmAndWatch(page, dialog, "Deploy to green");
    await runSucceeds(page);
    await expect(page.getByRole("log", { name: "Events of this run" })).toContainText("Asked for by");
  });

  await test.step("copy the live data to it", async () => {
    await openCockpit(page, shop.name);
    const sync = next(page).getByRole("button", { name: "Sync to green" });
    const dialog = await openDialog(page, sync, "Sync blue to green");
    // So that the swap has a copy to announce, and the way back something to lose.
    await dialog.getByRole("radio", { name: /^Copy once/ }).check();
    await confirmAndWatch(page, dialog, "Sync to green");
    await runSucceeds(page);
    await expect(panel(page, "Receipt")).toContainText(/Data copied.*[1-9]\d* rows/);
  });

  await test.step("try it on staging while visitors see the old one", async () => {
    await openCockpit(page, shop.name);
    const opened = page.waitForEvent("popup");
    await next(page)
      .getByRole("link", { name: /^Preview on staging/ })
      .click();
    await shows(await opened, shop.stagingHost, "1.1.0", "green");
    await shows(inStaging, shop.stagingHost, "1.1.0", "green");
    await inStaging.getByRole("link", { name: "Reviews" }).click();
    await expect(inStaging.getByRole("heading", { name: "Reviews" })).toBeVisible();
    await shows(inShop, shop.publicHost, "1.0.0", "blue");
  });

  await test.step("swap, and follow the run live", async () => {
    const swap = next(page).getByRole("button", { name: "Swap to green" });
    const dialog = await openDialog(page, swap, `Swap ${shop.name}: green (1.1.0) goes live`);
    await preflightIsGood(dialog);
    await expect(dialog).toContainText(/About .+ of waiting, from the last copy's speed/);
    await confirmAndWatch(page, dialog, "Swap to green");
    await expect(panel(page, "The window").getByText("Hold", { exact: true })).toBeVisible();
    await runSucceeds(page);
    for (const step of ["hold", "fence blue", "copy blue to green", "release"])
      await expect(page.locator(`[data-step="${step}"]`)).toHaveAttribute("data-status", "succeeded");
  });

  await test.step("read the receipt", async () => {
    const receipt = panel(page, "Receipt");
    for (const term of ["Window", "Longest wait", "Requests held", "Data copied"])
      await expect(receipt.getByRole("term").filter({ hasText: term })).toBeVisible();
    await expect(receipt.getByRole("definition").filter({ hasText: /^forecast / })).toBeVisible();
    await expect(receipt).toContainText("Blue 1.0.0");
    await expect(receipt).toContainText("Green 1.1.0");
    const refused = receipt.locator("dt:text-is('Requests refused') ~ dd");
    await expect(refused).toHaveText("0");
    await expect(page.getByRole("table", { name: "Rows per table" })).toContainText("orders");
    await shows(inShop, shop.publicHost, "1.1.0", "green");
    await shows(inStaging, shop.stagingHost, "1.0.0", "blue");
  });

  await test.step("the writes of the day so far are there, each once", async () => {
    await expect
      .poll(async () => (await api.preflight(shop.name, "rollback")).wayBack?.inserted ?? 0)
      .toBeGreaterThan(0);
    await visitors.leaveContent();
    // Nothing written meanwhile, so that what is announced can be compared exactly.
    visitors = new Visitors(shop.publicHost);
    await visitors.load.pauseWrites();
    await expect.poll(async () => (await visit(shop.publicHost, "/")).text).not.toContain("<td>waiting</td>");
  });

  await test.step("go back, knowing before the click what it costs", async () => {
    await openCockpit(page, shop.name);
    await expect(panel(page, "Is it safe to go back?")).toContainText(
      "Yes, at a cost: it would leave behind",
    );
    const back = panel(page, "Is it safe to go back?").getByRole("button", { name: "Roll back" });
    const dialog = await openDialog(page, back, `Roll ${shop.name} back to blue (1.0.0)`);
    await preflightIsGood(dialog);
    await expect(dialog).toContainText("rows since the swap; exact, measured");
    const costs = await dialog.locator("dl dd.text-lg").allInnerTexts();
    const announced = costs.reduce((sum, text) => sum + Number(text.replaceAll(",", "")), 0);
    expect(announced).toBeGreaterThan(0);
    const id = await confirmAndWatch(page, dialog, "Roll back to blue");
    await runSucceeds(page);
    const behind = page.getByRole("region", { name: "Left behind" });
    await expect(behind).toContainText(`Announced before the click: ${announced.toLocaleString("en-GB")}.`);
    await expect(behind).toContainText(`Left behind: ${announced.toLocaleString("en-GB")} row`);
    const downloaded = page.waitForEvent("download");
    await behind.getByRole("link", { name: "Download the rows" }).click();
    expect((await downloaded).url()).toContain(`/api/v1/runs/${id}/lost-rows`);
    await shows(inShop, shop.publicHost, "1.0.0", "blue");
  });

  await test.step("swap again and give up the way back", async () => {
    visitors.load.resumeWrites();
    await openCockpit(page, shop.name);
    const again = panel(page, "Is it safe to swap?").getByRole("button", { name: "Swap" });
    const swap = await openDialog(page, again, `Swap ${shop.name}: green (1.1.0) goes live`);
    await preflightIsGood(swap);
    await confirmAndWatch(page, swap, "Swap to green");
    await runSucceeds(page);
    await openCockpit(page, shop.name);
    const finish = next(page).getByRole("button", { name: "Finish", exact: true }).first();
    const dialog = await openDialog(page, finish, /^Finish: give up the way back to blue/);
    await confirmAndWatch(page, dialog, "Finish");
    await runSucceeds(page);
    await shows(inShop, shop.publicHost, "1.1.0", "green");
    await openCockpit(page, shop.name);
    await expect(panel(page, "Is it safe to go back?")).toContainText("There is no way back");
  });

  await test.step("no visitor noticed", () => visitors.leaveContent());

  await test.step("the link of the morning lets nobody else in", async () => {
    const thief = await stranger();
    await thief.goto(link);
    await expect(thief.getByText("This sign-in link was used already.")).toBeVisible();
    expect(new URL(thief.url()).origin).toBe(site.dashboardUrl);
  });
});
