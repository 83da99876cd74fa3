import {
  confirmAndWatch,
  openCockpit,
  openDialog,
  panel,
  preflightIsGood,
  runSucceeds,
} from "./dashboard.ts";
import { site } from "./installation.ts";
import { makeShop, type ShopApp } from "./shop-app.ts";
import { expect, test } from "./test.ts";
import { visit } from "./visit.ts";

let shop: ShopApp;
test.beforeAll(async ({ api }) => {
  shop = await makeShop(api, "pair", { idle: "1.1.0" });
});

const runs = async (kind: string) => {
  const answer = await visit("localhost", `/api/v1/apps/${shop.name}/runs?limit=100`, {
    headers: { authorization: `Bearer ${site.apiToken}` },
  });
  return (JSON.parse(answer.text).runs as { kind: string }[]).filter((run) => run.kind === kind).length;
};

test("of two operators with the same dialog one swaps, and the other sees who does what since when", async ({
  signedIn,
}) => {
  const one = await signedIn("operator");
  const two = await signedIn("operator");
  const title = `Swap ${shop.name}: green (1.1.0) goes live`;
  const dialogs = [];
  for (const { page } of [one, two]) {
    await openCockpit(page, shop.name);
    const swap = panel(page, "Is it safe to swap?").getByRole("button", { name: "Swap" });
    const dialog = await openDialog(page, swap, title);
    await preflightIsGood(dialog);
    dialogs.push(dialog);
  }
  const before = await runs("swap");
  // At the same moment, as the run is over within a second or two.
  await Promise.all(dialogs.map((dialog) => dialog.getByRole("button", { name: "Swap to green" }).click()));
  await Promise.race([one, two].map(({ page }) => page.waitForURL(/\/runs\//)));
  const [winner, loser] = one.page.url().includes("/runs/") ? [one, two] : [two, one];

  const refused = loser.page.getByRole("dialog").getByRole("alert");
  await expect(refused).toContainText(`${winner.person.name} has run swap on ${shop.name} since`);
  await expect(refused).toContainText("Wait until it is finished, or cancel it before its commit.");
  await refused.getByRole("link", { name: "Watch that run" }).click();
  await loser.page.waitForURL(winner.page.url());
  await expect(loser.page.getByText(`Asked for by ${winner.person.name}`).first()).toBeVisible();
  await runSucceeds(one.page);
  await runSucceeds(two.page);
  expect(await runs("swap")).toBe(before + 1);
});

test("a double click makes one run", async ({ signedIn }) => {
  const { page } = await signedIn("operator");
  await openCockpit(page, shop.name);
  const before = await runs("restart");
  const live = page.getByRole("region", { name: /^Blue/ });
  const dialog = await openDialog(page, live.getByRole("button", { name: "Restart blue" }), "Restart blue");
  await preflightIsGood(dialog);
  await dialog.getByRole("button", { name: "Restart blue" }).dblclick();
  await expect(dialog).toBeHidden();
  await expect(panel(page, "What is happening now?")).toContainText("Nothing is running.");
  expect(await runs("restart")).toBe(before + 1);
});

test("who opens the cockpit during somebody's run sees it, and may not begin another", async ({
  signedIn,
  api,
}) => {
  if ((await api.app(shop.name)).live === "blue") await shop.act("swap");
  const one = await signedIn("operator");
  const two = await signedIn("operator");
  await openCockpit(two.page, shop.name);
  await openCockpit(one.page, shop.name);
  const back = panel(one.page, "Is it safe to go back?").getByRole("button", { name: "Roll back" });
  const dialog = await openDialog(one.page, back, `Roll ${shop.name} back to blue (1.0.0)`);
  await preflightIsGood(dialog);
  const busy = panel(two.page, "What is happening now?");
  await Promise.all([
    expect(busy).toContainText(`asked for by ${one.person.name}`),
    confirmAndWatch(one.page, dialog, "Roll back to blue"),
  ]);
  await runSucceeds(one.page);
  await expect(busy).toContainText("Nothing is running.");
  await expect(busy).toContainText(`Rollback by ${one.person.name}`);
});
