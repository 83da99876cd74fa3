/**
 * Before all tests: one installation as `npm run demo -- --json` starts it, in a folder of its own. After them: it
 * is stopped, and nothing of it may be left running. SIGNALBOX_E2E_DEMO names a file with the line that a running
 * demo printed; then that one is used, and left running.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { REPOSITORY, readEnvironment } from "#lib/config/environment.ts";
import { openHome } from "#lib/config/open-home.ts";
import { removeHome } from "#lib/config/prepare-home.ts";
import { type Announced, announce, announced } from "./installation.ts";
import { stillRunning } from "./still-running.ts";

const UP_MS = 300_000;
const DOWN_MS = 60_000;

export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  const running = process.env.SIGNALBOX_E2E_DEMO;
  if (running) {
    announce(announced(readFileSync(running, "utf8")));
    return undefined;
  }
  // Does nothing where everything is built; `npx playwright test` in a fresh clone needs it.
  execFileSync(process.execPath, [join(REPOSITORY, "scripts", "bootstrap.mjs"), "setup"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const home = mkdtempSync(join(tmpdir(), "signalbox-e2e-"));
  const demo = spawn(
    process.execPath,
    [join(REPOSITORY, "scripts", "demo.ts"), "--json", "--home", home, "--port", String(await freePort())],
    { cwd: REPOSITORY, stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    announce(await firstLine(demo));
  } catch (error) {
    await stop(demo);
    throw error;
  }
  return async () => {
    await stop(demo);
    const left = stillRunning(home);
    if (left.length > 0) throw new Error(`still running after the stop:\n${left.join("\n")}`);
    await removeHome(openHome(readEnvironment({ SIGNALBOX_HOME: home })));
  };
}

async function firstLine(demo: ChildProcess): Promise<Announced> {
  const lines = createInterface({ input: demo.stdout! });
  const late = AbortSignal.timeout(UP_MS);
  const line = once(lines, "line", { signal: late }).then(([text]) => announced(String(text)));
  const ended = once(demo, "exit", { signal: late }).then(([code]) => {
    throw new Error(`the demo ended with ${code} before it was up`);
  });
  try {
    return await Promise.race([line, ended]);
  } finally {
    line.catch(() => {});
    ended.catch(() => {});
  }
}

async function stop(demo: ChildProcess): Promise<void> {
  if (demo.exitCode !== null || demo.signalCode !== null) return;
  const gone = once(demo, "exit", { signal: AbortSignal.timeout(DOWN_MS) });
  demo.kill("SIGTERM");
  await gone;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port is free");
  return address.port;
}
