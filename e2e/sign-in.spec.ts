import type { Page } from "@playwright/test";
import { expect, test } from "./test.ts";

const PASSWORD = "correct horse battery";

async function submit(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("a link lets one person in once; then a password does", async ({
  desk,
  stranger,
  signedIn,
  consoleWatch,
}) => {
  consoleWatch.expect(/401 .*\/api\/auth\/sign-in\/email/);
  const { page, person } = await signedIn("operator");
  await expect(page).toHaveURL("/");

  const second = await stranger();
  await second.goto(person.link);
  await expect(second.getByText("This sign-in link was used already.")).toBeVisible();
  await expect(second.getByRole("heading", { name: "Sign in to Signalbox" })).toBeVisible();

  await page.getByRole("link", { name: "Set a name and a password" }).click();
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Set password" }).click();
  expect(
    await page.getByLabel("New password").evaluate((box: HTMLInputElement) => box.validity.tooShort),
  ).toBe(true);
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(page.getByText("The password is set.")).toBeVisible();
  // The session is over while the page stands for longer than the bar's next question would take: it asks none.
  await page.route("**/api/auth/sign-out", async (route) => {
    const response = await route.fetch();
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    await route.fulfill({ response });
  });
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/sign-in");

  await submit(page, person.email, "wrong password");
  await expect(page.getByRole("alert").filter({ hasText: "Email or password is wrong." })).toBeVisible();
  await submit(page, person.email, PASSWORD);
  await expect(page.getByRole("heading", { level: 1, name: "Apps" })).toBeVisible();
  await expect(page.getByText("You came in by a link")).toHaveCount(0);

  const late = await stranger();
  await late.goto(await desk.link(person, -1_000));
  await expect(late.getByText("This sign-in link is too old.")).toBeVisible();
  await late.goto("/sign-in/link/nothing-that-was-ever-made");
  await expect(late.getByText("This sign-in link is not known here.")).toBeVisible();
});

test("of many who open one link at once, one gets in", async ({ desk, browser }) => {
  const { link } = await desk.person("viewer");
  const contexts = await Promise.all(Array.from({ length: 6 }, () => browser.newContext()));
  const answers = await Promise.all(
    contexts.map((context) => context.request.get(link, { maxRedirects: 0 })),
  );
  const places = answers.map((answer) => answer.headers().location).sort();
  expect(places).toEqual(["/", ...Array.from({ length: 5 }, () => "/sign-in?link=used")]);
  for (const context of contexts) await context.close();
});

test("a link is not used up by a browser that looks ahead", async ({ desk, request }) => {
  const { link } = await desk.person("viewer");
  expect((await request.get(link, { headers: { "sec-purpose": "prefetch" } })).status()).toBe(204);
  expect((await request.get(link, { maxRedirects: 0 })).headers().location).toBe("/");
});

test("whoever wanted a page gets there after signing in, and never to another site", async ({
  desk,
  stranger,
}) => {
  const page = await stranger();
  await page.goto("/settings/people");
  await expect(page).toHaveURL("/sign-in?next=%2Fsettings%2Fpeople");
  const { link } = await desk.person("admin");
  await page.goto(link);
  await page.goto("/sign-in?next=%2Fsettings%2Fpeople");
  await expect(page).toHaveURL("/settings/people");
  for (const elsewhere of [
    "//evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
  ]) {
    await page.goto(`/sign-in?next=${encodeURIComponent(elsewhere)}`);
    expect(new URL(page.url()).host).toMatch(/^localhost:/);
  }
});

test("a role that is taken away is gone with the next click", async ({ signedIn }) => {
  const admin = await signedIn("admin");
  const person = await signedIn("operator");
  await person.page.goto("/audit");
  await expect(person.page.getByRole("heading", { level: 1, name: "Audit" })).toBeVisible();
  await admin.page.goto("/settings/people");
  await admin.page.getByRole("button", { name: `Access of ${person.person.name}` }).click();
  const dialog = admin.page.getByRole("dialog");
  await dialog.getByLabel("In every app").selectOption("viewer");
  await dialog.getByRole("button", { name: "Save access" }).click();
  await expect(dialog).toBeHidden();
  await person.page.reload();
  await expect(person.page.getByText("This page needs the role operator")).toBeVisible();
});

// Last: the throttle counts this machine's attempts too.
test("guessing is slowed down, and said so", async ({ stranger, desk, consoleWatch }) => {
  consoleWatch.expect(/4(01|29) .*\/api\/auth\/sign-in\/email/);
  const person = await desk.person("operator");
  const page = await stranger();
  await page.goto("/sign-in");
  const throttled = page
    .getByRole("alert")
    .filter({ hasText: /Too many attempts\. Try again in \d+ seconds\./ });
  for (let guess = 0; guess < 12 && !(await throttled.isVisible()); guess++) {
    const answered = page.waitForResponse("**/api/auth/sign-in/email");
    await submit(page, person.email, `guess number ${guess}`);
    await answered;
    await expect(page.getByRole("button", { name: "Sign in" })).toBeEnabled();
  }
  await expect(throttled).toBeVisible();
});
