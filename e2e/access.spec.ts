import { openDialog } from "./dashboard.ts";
import { at } from "./installation.ts";
import { makeShop, type ShopApp } from "./shop-app.ts";
import { expect, test } from "./test.ts";
import { visit } from "./visit.ts";

let shop: ShopApp;
test.beforeAll(async ({ api }) => {
  shop = await makeShop(api, "club", { stagingAccess: "testers", idle: "1.1.0" });
});

test("a role in one app shows that app and no other, and goes when it is taken away", async ({
  signedIn,
  consoleWatch,
}) => {
  const admin = await signedIn("admin");
  const member = await signedIn("none");
  consoleWatch.expect(/404/);
  await member.page.goto("/");
  await expect(member.page.getByRole("heading", { name: "No app yet" })).toBeVisible();

  const give = async (role: string) => {
    await admin.page.goto("/settings/people");
    const access = admin.page.getByRole("button", { name: `Access of ${member.person.name}` });
    const dialog = await openDialog(admin.page, access, `Access of ${member.person.name}`);
    await dialog.getByRole("combobox", { name: `Role in ${shop.name}` }).selectOption(role);
    await dialog.getByRole("button", { name: "Save access" }).click();
    await expect(dialog).toBeHidden();
  };
  await give("operator");
  await expect(
    admin.page
      .getByRole("listitem")
      .filter({ hasText: member.person.email })
      .getByText(`${shop.name}: operator`),
  ).toBeVisible();

  await member.page.goto("/");
  await expect(member.page.getByRole("heading", { level: 2 })).toHaveCount(1);
  await expect(member.page.getByRole("link", { name: shop.name, exact: true })).toBeVisible();
  await member.page.goto("/apps/shop");
  await expect(member.page.getByRole("heading", { name: /no such page/ })).toBeVisible();
  const act = (app: string) =>
    member.page.evaluate(
      async (path) =>
        (await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }))
          .status,
      `/api/v1/apps/${app}/swap`,
    );
  expect(await act("shop")).toBe(404);
  await member.page.goto("/audit");
  await expect(
    member.page.getByText(`gave ${member.person.email} the role operator in ${shop.name}.`),
  ).toBeVisible();

  await give("none");
  expect(await act(shop.name)).toBe(404);
});

test("a share link shows staging to a stranger until it is revoked", async ({
  signedIn,
  stranger,
  consoleWatch,
}) => {
  consoleWatch.expect(new RegExp(`403 .*${shop.stagingHost}`));
  const { page } = await signedIn("operator");
  await page.goto(`/apps/${shop.name}/share`);
  await page.getByRole("textbox", { name: "Who is it for?" }).fill("the agency");
  await page.getByRole("button", { name: "Create link" }).click();
  const link = (await page.getByText(/\/share\/[\w-]{43}$/).textContent())!;

  const guest = await stranger();
  await guest.goto(link);
  await expect(guest.locator("#release")).toHaveText("1.1.0");
  expect(guest.url()).toBe(at(shop.stagingHost));

  await page.reload();
  await expect(page.getByText(/last used/)).toBeVisible();
  await page.getByRole("button", { name: "Revoke the link for the agency" }).click();
  await page.getByRole("button", { name: "Shut the agency out now" }).click();
  await expect(page.getByText("Revoked")).toBeVisible();
  await expect(async () => {
    await guest.goto(at(shop.stagingHost));
    await expect(guest.getByRole("heading", { level: 1 })).toHaveText("For testers", { timeout: 1_000 });
  }).toPass();
});

test("the dashboard runs nothing that its policy does not name, and apps keep their own headers", async ({
  signedIn,
  consoleWatch,
}) => {
  consoleWatch.expect(/refused by policy: script-src-attr inline|Content Security Policy/);
  const { page } = await signedIn("admin");
  const answer = (await page.goto("/"))!;
  const policy = answer.headers()["content-security-policy"]!;
  expect(policy).toMatch(/script-src 'nonce-[\w+/=]+' 'strict-dynamic';/);
  expect(answer.headers()).toMatchObject({ "x-frame-options": "DENY", "x-content-type-options": "nosniff" });
  expect(answer.headers()["cache-control"]).toContain("no-store");
  const again = (await page.reload())!;
  expect(again.headers()["content-security-policy"]).not.toBe(policy);
  const ran = await page.evaluate(() => {
    const script = document.createElement("div");
    script.innerHTML = `<img src="data:," onerror="window.ran = true">`;
    document.body.append(script);
    return new Promise((resolve) => setTimeout(() => resolve("ran" in window), 500));
  });
  expect(ran).toBe(false);
  const tenant = await visit(shop.publicHost, "/");
  expect(tenant.status).toBe(200);
  expect(tenant.headers["content-security-policy"]).toBeUndefined();
  expect(tenant.headers["x-frame-options"]).toBeUndefined();
});

test("other browsers are signed out from the account page, and say so", async ({
  signedIn,
  stranger,
  desk,
  consoleWatch,
}) => {
  // The other browser goes on asking, to notice when it is signed in again.
  consoleWatch.expect(/401 .*\/api\/v1\/apps\)/);
  const { page, person } = await signedIn("viewer");
  const other = await stranger();
  await other.goto(await desk.link(person, 60_000));
  await page.goto("/account");
  await page.getByRole("button", { name: "End all others" }).click();
  await expect(page.getByRole("button", { name: "End all others" })).toHaveCount(0);
  await expect(other.getByRole("status").filter({ hasText: "You are not signed in any more" })).toBeVisible();
  await other.goto("/");
  await expect(other).toHaveURL(/\/sign-in/);
});
