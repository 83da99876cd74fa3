import { RUN_MS } from "#bench/day/shop.ts";
import { openCockpit, runSucceeds } from "./dashboard.ts";
import { at } from "./installation.ts";
import { makeShop, type ShopApp } from "./shop-app.ts";
import { expect, test } from "./test.ts";
import { placeOrder } from "./visit.ts";

/** A small phone held in one hand. */
const PHONE = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
};

let shop: ShopApp;
test.beforeAll(async ({ api }) => {
  // With one way back there is nothing to choose.
  for (const name of await api.apps()) {
    const resting = (await api.app(name)).slots.some(({ dataState }) => dataState === "resting");
    if (resting) await api.succeeded(await api.act(name, "finish"), RUN_MS);
  }
  shop = await makeShop(api, "night", { idle: "1.1.0" });
});
test.beforeEach(async ({ api }) => {
  const { live } = await api.app(shop.name);
  if (live === "blue") await shop.act("swap");
  await placeOrder(shop.publicHost);
});

for (const place of ["/", "/settings/people", "/audit"]) {
  test(`at night, on a phone, two taps from ${place} bring the old release back`, async ({ signedIn }) => {
    const { page } = await signedIn("admin", PHONE);
    const shopPage = await page.context().newPage();
    await page.goto(place);

    let acts = 0;
    const tap = async (button: ReturnType<typeof page.getByRole>) => {
      acts += 1;
      await expect(button).toBeInViewport({ ratio: 1 });
      const box = await button.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
      await button.tap();
    };
    await tap(page.getByRole("contentinfo").getByRole("button", { name: `Roll back ${shop.name}…` }));
    const dialog = page.getByRole("dialog", { name: `Roll ${shop.name} back to blue (1.0.0)` });
    await expect(dialog).toContainText("rows since the swap");
    await tap(dialog.getByRole("button", { name: "Roll back to blue" }));

    await page.waitForURL(/\/runs\//);
    await runSucceeds(page);
    expect(acts).toBe(2);
    await shopPage.goto(at(shop.publicHost));
    await expect(shopPage.locator("#release")).toHaveText("1.0.0");
    await expect(page.getByRole("region", { name: "Left behind" })).toBeVisible();
  });
}

test("no page is wider than the phone", async ({ signedIn }) => {
  const { page } = await signedIn("admin", PHONE);
  for (const path of [
    "/",
    `/apps/${shop.name}`,
    `/apps/${shop.name}/runs`,
    `/apps/${shop.name}/receipts`,
    `/apps/${shop.name}/logs`,
    "/audit",
  ]) {
    await page.goto(path);
    await expect(page.getByRole("main")).toBeVisible();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect.soft(overflow, path).toBe(0);
  }
  await openCockpit(page, shop.name);
});
