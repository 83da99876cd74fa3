/** After a swap: how visitors fare, and Signalbox going back by itself. */
import { accessible } from "./accessible.ts";
import { next, openCockpit, panel, runSucceeds } from "./dashboard.ts";
import { makeShop } from "./shop-app.ts";
import { expect, test } from "./test.ts";
import { Visitors } from "./visitors.ts";

/** Enough failed writes to be sure within seconds. */
const BUSY = { reads: 20, writes: 40 };

test("a release that fails visitors is shown as bad, and gone back from once that is allowed", async ({
  api,
  signedIn,
}) => {
  test.setTimeout(400_000);
  const shop = await makeShop(api, "watched", { idle: "1.3.0" });
  await shop.act("sync", { mode: "stream" });
  const visitors = new Visitors(shop.publicHost, BUSY);
  const { page } = await signedIn("admin");

  await test.step("told apart from before, beside a way back that loses nothing", async () => {
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await shop.act("swap");
    await openCockpit(page, shop.name);
    const watch = panel(page, "How is 1.3.0 doing?");
    await expect(watch.getByRole("status")).toHaveText("It is bad for visitors. Roll back if you can.", {
      timeout: 90_000,
    });
    await expect(watch.getByRole("listitem").filter({ hasText: /writes failed/ })).toHaveCount(1);
    await expect(watch.getByRole("row", { name: /^Writes failed/ })).toContainText(/\d \(\d+\.\d %\)/);
    await expect(watch).toContainText(
      "Signalbox does not go back by itself. It is off in the app's settings.",
    );
    await expect(next(page).getByRole("button", { name: "Roll back to blue" })).toBeEnabled();
    await expect(panel(page, "Is it safe to go back?")).toContainText("nothing is lost");
    await accessible(page, "the cockpit with a release that turned out bad", true);
  });

  await test.step("allowed to, it goes back by itself and says why", async () => {
    await page.goto(`/apps/${shop.name}/settings`);
    const choice = page.getByRole("group", { name: "When a release turns out bad" });
    await choice.getByRole("radio", { name: /^Go back by itself/ }).click();
    await expect(choice.getByRole("radio", { name: /^Go back by itself/ })).toBeChecked();
    await expect.poll(async () => (await api.app(shop.name)).live, { timeout: 60_000 }).toBe("blue");
    const { recentRuns } = await api.app(shop.name);
    const back = recentRuns.find(({ kind }) => kind === "rollback");
    await page.goto(`/runs/${back?.id}`);
    await runSucceeds(page);
    await expect(page.getByRole("main")).toContainText(
      "Signalbox went back by itself: the release was bad for visitors.",
    );
    await expect(panel(page, "Receipt")).toContainText("Nothing lost");
    await accessible(page, "a rollback that nobody asked for", true);
  });

  await test.step("nothing that visitors were promised is missing", () => visitors.leaveWithAll());
});
