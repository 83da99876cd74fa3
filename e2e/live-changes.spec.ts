import { panel } from "./dashboard.ts";
import { makeShop, type ShopApp } from "./shop-app.ts";
import { expect, test } from "./test.ts";
import { Visitors } from "./visitors.ts";

let shop: ShopApp;
test.beforeAll(async ({ api }) => {
  shop = await makeShop(api, "live");
});

test("a secret of the live slot is changed, and it is scaled to three and back, while visitors shop", async ({
  signedIn,
}) => {
  const { page } = await signedIn("operator");
  await page.goto(`/apps/${shop.name}/settings`);
  const variables = panel(page, "Variables and secrets");
  await expect(variables).toContainText("None yet.");
  const visitors = new Visitors(shop.publicHost);

  await variables.getByLabel("Name").fill("SMTP_URL");
  await variables.getByLabel("Value").fill("smtp://user:hunter2@mail.example");
  await variables.getByRole("button", { name: "Set variable" }).click();
  await expect(variables.getByRole("listitem")).toContainText("SMTP_URL");
  await expect(variables).toContainText("Testers use these with live's values");
  await expect(page.getByText("hunter2")).toHaveCount(0);
  await expect(variables).toContainText("blue is live and still runs with the old values: web, worker.");
  await variables.getByRole("button", { name: "Apply now" }).click();
  await expect(variables).not.toContainText("still runs with the old values", { timeout: 30_000 });

  for (const [from, to] of [
    [1, 3],
    [3, 1],
  ]) {
    const processes = panel(page, "Web processes");
    const scale = processes.getByRole("button", { name: `Scale from ${from} to ${to}` });
    // What is chosen before the page has come to life is not heard.
    await expect(async () => {
      await processes.getByLabel("Per slot").selectOption(String(to));
      await expect(scale).toBeVisible({ timeout: 500 });
    }).toPass();
    await scale.click();
    await expect(page.getByRole("button", { name: "Set variable" })).toBeEnabled();
    await expect(async () => {
      await page.reload();
      await expect(processes.getByLabel("Per slot")).toHaveValue(String(to), { timeout: 500 });
    }).toPass({ timeout: 30_000 });
  }
  await visitors.leaveContent();
});

test("a command runs in the live slot, and shows what it says and how it ended", async ({ signedIn }) => {
  const { page } = await signedIn("operator");
  await page.goto(`/apps/${shop.name}/jobs`);
  await expect(page.getByRole("heading", { name: "No job yet" })).toBeVisible();
  const run = panel(page, "Run a command");
  await run
    .getByLabel("Command")
    .fill("node -e 'console.log(\"I am in\", process.env.SLOT); process.exit(3)'");
  await run.getByRole("button", { name: "Run" }).click();
  const jobs = panel(page, "Jobs");
  await expect(jobs.getByRole("log")).toContainText("I am in blue");
  await expect(jobs).toContainText("exit code 3");
  await expect(jobs).toContainText("Failed");
});
