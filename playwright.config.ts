/** The browser's tests: one installation of Signalbox for all of them, one browser, one test at a time. */
import { defineConfig } from "@playwright/test";
import { findChromium } from "#e2e/chromium.ts";

const chromium = await findChromium();

export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/installation-setup.ts",
  // They kill processes and close gates, which other tests at the same time would notice.
  workers: 1,
  retries: 0,
  timeout: 180_000,
  // The whole machine may be slow; a thing that does not happen takes this long to fail.
  expect: { timeout: 15_000 },
  forbidOnly: Boolean(process.env.CI),
  // The link that a first start prints is good only as long as nobody else was let in.
  projects: [
    { name: "day", testMatch: "operators-day.spec.ts" },
    { name: "all", testIgnore: "operators-day.spec.ts" },
  ],
  outputDir: "test-results",
  reporter: "list",
  use: {
    launchOptions: { executablePath: chromium.path, args: chromium.args, chromiumSandbox: false },
    viewport: { width: 1280, height: 900 },
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    locale: "en-GB",
    timezoneId: "Asia/Kathmandu",
    // Without a picture of each frame, which takes half of the machine from what is tested; the pages themselves are in it.
    trace: { mode: "retain-on-failure", screenshots: false },
    screenshot: "only-on-failure",
  },
});
