import type { Locator, Page } from "@playwright/test";
import { openCockpit, runSucceeds } from "./dashboard.ts";
import { makeShop, type ShopApp } from "./shop-app.ts";
import { expect, test } from "./test.ts";

let shop: ShopApp;
test.beforeAll(async ({ api }) => {
  shop = await makeShop(api, "keys", { idle: "1.1.0" });
});

const focused = (page: Page) => page.locator(":focus");
/** What is before and after a dialog sends the focus back into it, a moment after it came there. */
const focusIn = (dialog: Locator) => dialog.locator(":focus").or(dialog.and(dialog.page().locator(":focus")));

/** Goes on with Tab until the thing has the focus. */
async function tabTo(page: Page, name: string, limit = 60): Promise<void> {
  for (let pressed = 0; pressed < limit; pressed++) {
    await page.keyboard.press("Tab");
    const there = await focused(page).evaluate(
      (element, wanted) => element.textContent?.trim() === wanted || element.ariaLabel === wanted,
      name,
    );
    if (there) return;
  }
  throw new Error(`${limit} times Tab did not lead to ${name}`);
}

test("a swap and the way back by keyboard alone", async ({ signedIn }) => {
  const { page } = await signedIn("operator");
  await openCockpit(page, shop.name);

  await test.step("the first Tab offers to skip the bar", async () => {
    await page.keyboard.press("Tab");
    await expect(focused(page)).toHaveText("Skip to the page");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("main")).toBeFocused();
  });

  const dialog = page.getByRole("dialog", { name: `Swap ${shop.name}: green (1.1.0) goes live` });
  await test.step("Escape closes the dialog and gives the focus back", async () => {
    await tabTo(page, "Swap");
    await page.keyboard.press("Enter");
    await expect(dialog).toBeVisible();
    await expect(focusIn(dialog)).toHaveCount(1);
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
    await expect(focused(page)).toHaveText("Swap");
  });

  await test.step("the focus stays in the dialog", async () => {
    await page.keyboard.press("Enter");
    await expect(dialog).toBeVisible();
    for (let pressed = 0; pressed < 12; pressed++) {
      await page.keyboard.press(pressed < 6 ? "Tab" : "Shift+Tab");
      await expect(focusIn(dialog)).toHaveCount(1);
    }
  });

  await test.step("Enter on the confirming button swaps", async () => {
    await expect(dialog).toContainText("Nothing speaks against it.");
    await tabTo(page, "Swap to green");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/runs\//);
    await runSucceeds(page);
  });

  await test.step("Alt+R and Enter roll back from anywhere", async () => {
    await openCockpit(page, shop.name);
    await page.keyboard.press("Alt+R");
    const back = page.getByRole("dialog", { name: `Roll ${shop.name} back to blue (1.0.0)` });
    await expect(back.getByRole("button", { name: "Roll back to blue" })).toBeFocused();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/runs\//);
    await runSucceeds(page);
  });
});

test("colours and reasons are within reach of the keyboard", async ({ signedIn }) => {
  const { page } = await signedIn("tester");
  await openCockpit(page, shop.name);
  await tabTo(page, "Colours: as the system");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await tabTo(page, "Swap");
  await expect(focused(page)).toHaveAccessibleDescription(/You are tester; acts need the role operator\./);
  await page.keyboard.press("Enter");
  await expect(page.getByText("You are tester; acts need the role operator.").last()).toBeVisible();
  await expect(page.getByRole("dialog", { name: /goes live/ })).toHaveCount(0);
});
