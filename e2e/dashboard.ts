/** What an operator does in the dashboard, by the names that a screen reader would say. */
import { expect, type Locator, type Page } from "@playwright/test";

export const panel = (page: Page, title: string | RegExp): Locator =>
  page.getByRole("region", { name: title });

/** The panel with the one thing to do now and the other acts below it. */
export const next = (page: Page): Locator => panel(page, "Next");

/** Presses what opens a dialog, and answers the dialog. */
export async function openDialog(page: Page, button: Locator, title: string | RegExp): Promise<Locator> {
  await button.click();
  const dialog = page.getByRole("dialog", { name: title });
  await expect(dialog).toBeVisible();
  return dialog;
}

/** Waits for the engine's look at the real world, which must find nothing against it. */
export async function preflightIsGood(dialog: Locator): Promise<void> {
  await expect(dialog.getByRole("region", { name: "Check" })).toContainText("Nothing speaks against it.");
}

/** Presses the dialog's confirming button and waits for the run's page. */
export async function confirmAndWatch(page: Page, dialog: Locator, button: string): Promise<string> {
  await dialog.getByRole("button", { name: button, exact: true }).click();
  await page.waitForURL(/\/runs\/[^/]+$/);
  return page.url().split("/").at(-1) ?? "";
}

/** On a run's page: waits for its end as the page tells it, without a reload. */
export async function runSucceeds(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Succeeded", { timeout: 120_000 });
}

export const openCockpit = async (page: Page, app: string): Promise<void> => {
  await page.goto(`/apps/${app}`);
  await expect(panel(page, "Tracks").getByText("Live", { exact: true }).last()).toBeVisible();
};
