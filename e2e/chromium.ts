/** The browser that there is: Playwright's own, the system's, or the one from npm. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "@playwright/test";

export interface Browser {
  /** Undefined: Playwright finds its own. */
  path: string | undefined;
  args: string[];
}

/** Quiet, and able to run as root in a container. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

const SYSTEM = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Rejects, saying what to install, when there is none. */
export async function findChromium(): Promise<Browser> {
  if (existsSync(chromium.executablePath())) return { path: undefined, args: ARGS };
  const system = (process.env.PATH ?? "")
    .split(delimiter)
    .concat("/usr/bin", "/usr/local/bin")
    .flatMap((folder) => SYSTEM.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
  if (system) return { path: system, args: ARGS };
  try {
    return { path: await unpacked(), args: ARGS };
  } catch (error) {
    throw new Error(
      "There is no Chromium for the browser tests. Any of these will do: npx playwright install chromium; " +
        "apt-get install -y chromium; npm ci with the optional package @sparticuz/chromium " +
        `(which says: ${error instanceof Error ? error.message : String(error)}).`,
    );
  }
}

/** From npm, unpacked into the system's temporary folder the first time. */
async function unpacked(): Promise<string> {
  const { default: npm } = await import("@sparticuz/chromium");
  return npm.executablePath();
}
