import type { BrowserContextOptions } from "@playwright/test";
import { accessible } from "./accessible.ts";
import { next, openCockpit, panel } from "./dashboard.ts";
import { makeShop, type ShopApp } from "./shop-app.ts";
import { expect, test } from "./test.ts";
import { placeOrder } from "./visit.ts";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const DEVICES: { name: string; options: BrowserContextOptions; dark: boolean }[] = [
  { name: "desktop", options: {}, dark: true },
  // What is dark there is dark here.
  { name: "phone", options: PHONE, dark: false },
];

let shop: ShopApp;
let run: string;
test.beforeAll(async ({ api }) => {
  shop = await makeShop(api, "axe", { idle: "1.1.0" });
  await shop.act("swap");
  await placeOrder(shop.publicHost);
  await shop.act("rollback");
  run = await shop.act("swap");
  await placeOrder(shop.publicHost);
});
test.afterAll(() => shop.act("finish"));

for (const { name, options, dark } of DEVICES) {
  test(`every page is accessible (${name})`, async ({ signedIn, stranger, api, consoleWatch }) => {
    consoleWatch.expect(/404 .*nothing-here/);
    const { page } = await signedIn("admin", options);
    const rollback = (await api.app(shop.name)).recentRuns.find(({ kind }) => kind === "rollback");
    const pages = [
      "/",
      "/account",
      "/apps/new",
      `/apps/${shop.name}`,
      `/apps/${shop.name}/runs`,
      `/apps/${shop.name}/receipts`,
      `/apps/${shop.name}/logs`,
      `/apps/${shop.name}/jobs`,
      `/apps/${shop.name}/settings`,
      `/runs/${run}`,
      `/runs/${rollback?.id}`,
      "/audit",
      "/settings/people",
      "/settings/tokens",
      "/nothing-here",
      "/apps/nothing-here",
    ];
    for (const path of pages) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await accessible(page, path, dark);
    }
    const outside = await stranger(options);
    for (const path of ["/sign-in", "/sign-in?link=used"]) {
      await outside.goto(path);
      await accessible(outside, path, dark);
    }
  });

  test(`every dialog is accessible (${name})`, async ({ signedIn }) => {
    const { page } = await signedIn("admin", options);
    await openCockpit(page, shop.name);
    const closed = async (what: string) => {
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog"), what).toHaveCount(0);
    };
    const dialogs = [
      panel(page, "Is it safe to go back?").getByRole("button", { name: "Roll back" }),
      next(page).getByRole("button", { name: "Finish", exact: true }).first(),
      next(page).getByRole("button", { name: "Maintenance" }),
      page.getByRole("button", { name: "Restart green" }),
      page.getByRole("button", { name: "Pause blue" }),
      page.getByRole("button", { name: "Publish a domain" }),
      page.getByRole("button", { name: `Unpublish ${shop.stagingHost}` }),
    ];
    for (const button of dialogs) {
      const what = ((await button.textContent()) ?? "").trim();
      await button.click();
      const dialog = page.getByRole("dialog");
      await expect(dialog).toBeVisible();
      await expect(dialog.getByText("Looking at gateways, processes and data…")).toHaveCount(0);
      await accessible(page, `the dialog of ${what}`, dark);
      await closed(what);
    }
    await panel(page, "Is it safe to swap?").getByRole("button", { name: "Swap" }).focus();
    await expect(page.getByText("Swapping would end it.").last()).toBeVisible();
    await accessible(page, "why a swap is refused", dark);
  });
}
