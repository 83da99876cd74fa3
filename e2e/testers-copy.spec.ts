/** The throw-away copy that testers write in, while the slot itself follows live. */
import type { Page } from "@playwright/test";
import { accessible } from "./accessible.ts";
import { confirmAndWatch, next, openCockpit, openDialog, preflightIsGood, runSucceeds } from "./dashboard.ts";
import { makeShop } from "./shop-app.ts";
import { expect, test } from "./test.ts";
import { order, ordered } from "./visit.ts";

const soon = { timeout: 60_000 };
const copyPanel = (page: Page) => page.getByRole("region", { name: "Testers' copy of green" });
/** The status that an order is answered with. */
const tried = async (host: string, ref: string) => (await order(host, ref)).status;

test("testers write in a copy; it is refreshed with a click, and never goes live", async ({
  api,
  signedIn,
}) => {
  test.setTimeout(400_000);
  const shop = await makeShop(api, "copied", { idle: "1.1.0" });
  await shop.act("sync", { mode: "stream" });
  const { page } = await signedIn("operator");
  const untilIdle = () => expect.poll(async () => (await api.app(shop.name)).activeRun, soon).toBeNull();
  const ref = (whose: string) => `${whose}-${crypto.randomUUID()}`;
  const [early, testers, visitors] = [ref("early"), ref("testers"), ref("visitors")];

  await test.step("a slot that follows can only be read, and the cockpit offers the way out", async () => {
    await openCockpit(page, shop.name);
    await expect(copyPanel(page)).toContainText("green follows and can only be read.");
    expect(await tried(shop.stagingHost, early)).not.toBe(201);
    expect(await ordered(shop.stagingHost, early)).toBe(404);
  });

  await test.step("make the copy", async () => {
    const make = copyPanel(page).getByRole("button", { name: "Make a copy for testers" });
    const dialog = await openDialog(page, make, "Copy green's data for testers");
    await expect(dialog).toContainText("never goes live");
    await accessible(page, "the dialog of a copy for testers", true);
    await dialog.getByRole("button", { name: "Make the copy" }).click();
    // The cockpit says it by itself.
    await expect(copyPanel(page)).toContainText(/Testers work on a copy made .+ \(\d/, soon);
    await accessible(page, "the cockpit with a testers' copy", true);
  });

  await test.step("testers write there, and only there", async () => {
    await expect.poll(() => tried(shop.stagingHost, testers), soon).toBe(201);
    expect(await ordered(shop.stagingHost, testers)).toBe(200);
    expect(await ordered(shop.publicHost, testers)).toBe(404);
    expect(await tried(shop.publicHost, visitors)).toBe(201);
    expect(await ordered(shop.stagingHost, visitors)).toBe(404);
  });

  await test.step("a new copy has what visitors wrote, and nothing of the testers'", async () => {
    const refresh = copyPanel(page).getByRole("button", { name: "Refresh the copy" });
    const dialog = await openDialog(page, refresh, "Copy green's data for testers");
    await expect(dialog).toContainText("An earlier copy is thrown away.");
    await dialog.getByRole("button", { name: "Make the copy" }).click();
    await expect.poll(() => ordered(shop.stagingHost, visitors), soon).toBe(200);
    expect(await ordered(shop.stagingHost, testers)).toBe(404);
  });

  await test.step("ended, the slot shows its own data again", async () => {
    await untilIdle();
    const end = copyPanel(page).getByRole("button", { name: "End the copy" });
    const dialog = await openDialog(page, end, "End the testers' copy");
    await expect(dialog).toContainText("The copy is deleted, with what testers wrote in it.");
    await dialog.getByRole("button", { name: "End the copy" }).click();
    await expect(copyPanel(page)).toContainText("green follows and can only be read.", soon);
  });

  await test.step("a swap while testers still write in a copy takes live's data, not theirs", async () => {
    await untilIdle();
    await shop.act("preview");
    await expect.poll(() => tried(shop.stagingHost, testers), soon).toBe(201);
    await openCockpit(page, shop.name);
    const swap = next(page).getByRole("button", { name: "Swap to green" });
    const dialog = await openDialog(page, swap, `Swap ${shop.name}: green (1.1.0) goes live`);
    await preflightIsGood(dialog);
    await confirmAndWatch(page, dialog, "Swap to green");
    await runSucceeds(page);
    expect(await ordered(shop.publicHost, visitors)).toBe(200);
    expect(await ordered(shop.publicHost, testers)).toBe(404);
    await openCockpit(page, shop.name);
    await expect(copyPanel(page)).toHaveCount(0);
  });
});
