import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { REPOSITORY } from "#lib/config/environment.ts";
import { type Installation, makeInstallation } from "#lib/supervisor/testing/installation.ts";

const entry = join(REPOSITORY, "processes", "supervisor.ts");
/** `npm test` builds the dashboard first; without it there is no web process to test. */
const built = existsSync(join(REPOSITORY, ".next", "BUILD_ID"));

let installation: Installation;
beforeEach(async () => {
  installation = await makeInstallation();
});
afterEach(() => installation.remove());

const up = (supervisor: number | undefined) =>
  installation.until("ready", ({ state, pid }) => state === "ready" && pid === supervisor, 60_000);

const dashboard = (path: string) => fetch(`http://127.0.0.1:${installation.port}${path}`);

async function answers(path: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const response = await dashboard(path).catch(() => null);
    if (response?.ok) return;
    if (performance.now() > deadline) throw new Error(`${path} gives ${response?.status ?? "no answer"}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test.runIf(built)(
  "the real processes come up, come back after kill -9, are adopted, and leave nothing",
  async () => {
    const first = installation.start([], { entry });
    let pids = (await up(first.process.pid)).processes;
    await answers("/sign-in");

    for (const name of ["web", "engine", "store", "data", "gateway"]) {
      const { pid } = pids[name]!;
      process.kill(pid!, "SIGKILL");
      const began = performance.now();
      const back = await installation.until(
        `${name} back`,
        ({ processes }) => processes[name]!.state === "ready" && processes[name]!.pid !== pid,
      );
      expect(performance.now() - began, `${name} was away too long`).toBeLessThan(20_000);
      await answers("/api/v1/healthz");
      pids = back.processes;
    }

    first.process.kill("SIGKILL");
    await first.exited;
    await answers("/sign-in");
    const second = installation.start([], { entry });
    const after = (await up(second.process.pid)).processes;
    for (const [name, { pid }] of Object.entries(after)) expect(pid, name).toBe(pids[name]!.pid);

    second.process.kill("SIGTERM");
    expect(await second.exited).toBe(0);
    expect(installation.processes()).toEqual([]);
  },
  240_000,
);
