/** The lossless way, as people see it: a slot that follows, a swap without a copy, a way back that loses nothing. */
import type { Page } from "@playwright/test";
import { accessible } from "./accessible.ts";
import {
  confirmAndWatch,
  next,
  openCockpit,
  openDialog,
  panel,
  preflightIsGood,
  runSucceeds,
} from "./dashboard.ts";
import { makeShop } from "./shop-app.ts";
import { inSlotData } from "./slot-data.ts";
import { expect, test } from "./test.ts";
import { order, ordered } from "./visit.ts";
import { Visitors } from "./visitors.ts";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const goBack = (page: Page) => panel(page, "Is it safe to go back?");
const feed = (page: Page, from: string, to: string) => panel(page, `Feed ${from} to ${to}`);

test("a slot that follows is swapped to without a copy, and going back loses nothing", async ({
  api,
  signedIn,
}) => {
  test.setTimeout(400_000);
  const shop = await makeShop(api, "keep", { idle: "1.1.0" });
  const visitors = new Visitors(shop.publicHost);
  const { page } = await signedIn("admin");

  await test.step("sync: following is what is offered first", async () => {
    await openCockpit(page, shop.name);
    const sync = next(page).getByRole("button", { name: "Sync to green" });
    const dialog = await openDialog(page, sync, "Sync blue to green");
    await expect(dialog.getByRole("radio", { name: /^Copy, then follow/ })).toBeChecked();
    await dialog.getByRole("radio", { name: /^Copy once/ }).check();
    await expect(dialog).not.toContainText("changes follow");
    await dialog.getByRole("radio", { name: /^Copy, then follow/ }).check();
    await expect(dialog).toContainText("From then on blue's changes follow");
    await expect(dialog.getByText("Looking at gateways, processes and data…")).toHaveCount(0);
    await accessible(page, "the dialog of Sync", true);
    await confirmAndWatch(page, dialog, "Sync to green");
    await runSucceeds(page);
  });

  await test.step("the feed is on the screen, and moves", async () => {
    await openCockpit(page, shop.name);
    const shown = feed(page, "Blue", "Green");
    await expect(shown.getByRole("status")).toHaveText("Running");
    await expect(shown.locator("figcaption")).toContainText(/last [2-9].*: now \d/);
    await expect(panel(page, "Is it safe to swap?")).toContainText(/Green is fed, .+ behind now/);
    await expect(page.getByRole("region", { name: /^Green/ })).toContainText("its app may only read");
    await accessible(page, "the cockpit with a feed", true);
  });

  await test.step("swap: no size, no forecast, no copy", async () => {
    const swap = next(page).getByRole("button", { name: "Swap to green" });
    const dialog = await openDialog(page, swap, `Swap ${shop.name}: green (1.1.0) goes live`);
    await expect(dialog).toContainText("nothing is copied while visitors wait");
    await preflightIsGood(dialog);
    await expect(dialog).not.toContainText("from the last copy's speed");
    await expect(dialog).not.toContainText("of waiting");
    await confirmAndWatch(page, dialog, "Swap to green");
    await runSucceeds(page);
    await expect(page.locator('[data-step="settle and turn the feed"]')).toHaveAttribute(
      "data-status",
      "succeeded",
    );
    const receipt = panel(page, "Receipt");
    await expect(receipt.getByRole("term").filter({ hasText: "Data copied" })).toHaveCount(0);
    await expect(receipt).toContainText("Nothing lost");
    await expect(receipt).toContainText("no forecast: the first switch by a feed");
    await expect(receipt.getByRole("term").filter({ hasText: "Last changes" })).toBeVisible();
    await expect(receipt).toContainText("The way back begins at");
    await accessible(page, "a receipt of a swap that was fed", true);
  });

  const kept = `kept-${crypto.randomUUID()}`;
  await test.step("what is written since is 0 rows behind", async () => {
    expect((await order(shop.publicHost, kept)).status).toBe(201);
    await openCockpit(page, shop.name);
    await expect(feed(page, "Green", "Blue").getByRole("status")).toHaveText("Running");
    await expect(goBack(page)).toContainText("Yes: 0 rows behind, nothing is lost.");
    await accessible(page, "the cockpit with a way back that is fed", true);
    // Turned upright, or drawn narrow: the charts must not hold the page open.
    const wide = page.viewportSize()!;
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.setViewportSize(wide);
  });

  await test.step("a finish would end the feed, and says so", async () => {
    const finish = next(page).getByRole("button", { name: "Finish", exact: true }).first();
    const dialog = await openDialog(page, finish, /^Finish: give up the way back to blue/);
    await expect(dialog).toContainText("the feed to it ends");
    await page.keyboard.press("Escape");
  });

  await test.step("go back, with one click and nothing left behind", async () => {
    const button = goBack(page).getByRole("button", { name: "Roll back" });
    const dialog = await openDialog(page, button, `Roll ${shop.name} back to blue (1.0.0)`);
    await expect(dialog).toContainText("0 rows behind: nothing is lost.");
    await preflightIsGood(dialog);
    await expect(dialog).toContainText(/About .+ of waiting: as long as the only switch by a feed so far/);
    await accessible(page, "the dialog of a rollback that loses nothing", true);
    await confirmAndWatch(page, dialog, "Roll back to blue");
    await runSucceeds(page);
    await expect(panel(page, "Receipt")).toContainText("Nothing lost");
    await expect(panel(page, "Receipt")).toContainText(/forecast .+, as long as the only switch/);
    await expect(page.getByRole("region", { name: "Left behind" })).toHaveCount(0);
    expect(await ordered(shop.publicHost, kept)).toBe(200);
  });

  await test.step("no visitor noticed, and nothing of theirs is missing", () => visitors.leaveContent());

  await test.step("both receipts are in the list", async () => {
    await openCockpit(page, shop.name);
    await page.getByRole("link", { name: "Receipts", exact: true }).last().click();
    const list = panel(page, "Swaps and rollbacks").getByRole("listitem");
    await expect(list).toHaveCount(2);
    await expect(list.first()).toContainText("Rollback");
    await expect(list.last()).toContainText("Swap");
    for (const each of await list.all()) await expect(each).toContainText("Nothing lost");
    await expect(panel(page, "How long visitors waited")).toContainText("Windows of 2 switches");
    await accessible(page, "the receipts", true);
    const downloaded = page.waitForEvent("download");
    await page.getByRole("link", { name: "All as JSON" }).click();
    expect((await downloaded).suggestedFilename()).toBe(`receipts-${shop.name}.json`);
  });
});

test("a way back that stands still says which row, what it costs, and who may pay it", async ({
  api,
  signedIn,
}) => {
  test.setTimeout(400_000);
  const shop = await makeShop(api, "stuck", { idle: "1.1.0" });
  await shop.act("sync");
  await shop.act("swap");
  const ref = `twice-${crypto.randomUUID()}`;
  // Nothing of Signalbox's would write there: somebody did by hand.
  const sql = "INSERT INTO orders (id, ref, amount, release, slot) VALUES (900001, $1, 1, 'hand', 'blue')";
  await inSlotData(shop.name, "blue", sql, [ref]);
  expect((await order(shop.publicHost, ref)).status).toBe(201);

  const operator = await signedIn("operator");
  await test.step("the cockpit says that it stands still, and what going back would cost", async () => {
    const { page } = operator;
    await openCockpit(page, shop.name);
    const shown = feed(page, "Green", "Blue");
    await expect(shown.getByRole("status").first()).toHaveText("Standing still", { timeout: 60_000 });
    await expect(shown).toContainText("Nothing reaches blue now.");
    await expect(shown).toContainText("public.orders");
    await expect(shown).toContainText("It is tried again by itself");
    await expect(goBack(page)).toContainText(/would leave (at least )?[1-9]\d* rows? behind/, {
      timeout: 90_000,
    });
    await expect(goBack(page)).not.toContainText("nothing is lost");
    await accessible(page, "the cockpit with a feed that stands still", true);
  });

  await test.step("an operator is told whom to ask", async () => {
    const { page } = operator;
    const button = goBack(page).getByRole("button", { name: "Roll back" });
    const dialog = await openDialog(page, button, `Roll ${shop.name} back to blue (1.0.0)`);
    await expect(dialog).toContainText("Only an admin of");
    const confirm = dialog.getByRole("button", { name: "Roll back to blue" });
    await expect(confirm).toHaveAttribute("aria-disabled", "true");
    await accessible(page, "the dialog of a rollback that only an admin may make", true);
  });

  await test.step("at night, on a phone, an admin leaves the rows behind by their number", async () => {
    const { page } = await signedIn("admin", PHONE);
    await page.goto(`/apps/${shop.name}`);
    await accessible(page, "the cockpit with a feed that stands still, on a phone", false);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    await page
      .getByRole("contentinfo")
      .getByRole("button", { name: `Roll back ${shop.name}…` })
      .tap();
    const dialog = page.getByRole("dialog", { name: `Roll ${shop.name} back to blue (1.0.0)` });
    const confirm = dialog.getByRole("button", {
      name: /^Go back and leave (at least )?[1-9]\d* rows? behind$/,
    });
    await expect(confirm).toBeVisible();
    await accessible(page, "the dialog of a rollback that leaves rows behind", false);
    await confirm.tap();
    await page.waitForURL(/\/runs\//);
    await runSucceeds(page);
    await expect(page.getByRole("region", { name: "Left behind" })).toBeVisible();
    await expect(panel(page, "Receipt")).toContainText("Rows left behind");
    await accessible(page, "a receipt with rows left behind, on a phone", false);
  });

  await test.step("the list of receipts says so too", async () => {
    const { page } = await signedIn("viewer", PHONE);
    await page.goto(`/apps/${shop.name}/receipts`);
    await expect(panel(page, "Swaps and rollbacks").getByRole("listitem").first()).toContainText(
      "left behind",
    );
    await accessible(page, "the receipts, on a phone", false);
  });
});

test("an app without a swap has no receipt, and says what one is", async ({ api, signedIn }) => {
  const shop = await makeShop(api, "blank");
  const { page } = await signedIn("viewer");
  await page.goto(`/apps/${shop.name}/receipts`);
  await expect(page.getByRole("heading", { name: "No receipt yet" })).toBeVisible();
  await accessible(page, "no receipts", true);
});
