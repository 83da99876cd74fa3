/** What every runtime must do. A driver's test calls it with its own way to make drivers, then adds its extras. */
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LogLine, ProcessStatus, RuntimeDriver, SlotSpec } from "#lib/engine/ports.ts";
import { startTimeOf } from "#lib/observability/process-identity.ts";

export interface RuntimeHarness {
  /** A driver on the harness's own home, the same each time. */
  create(): Promise<RuntimeDriver>;
  /** Folder where releases of an app lie, finished or not. */
  releases(app: string): Promise<string[]>;
  /** Ends all processes and removes all files. */
  dispose(): Promise<void>;
}

export const APP = "contract";
const never = new AbortController().signal;
const quiet = { onLog: () => {}, signal: never };

/** A copy of the app in contract-app/, with `files` written over it. */
export async function appFolder(files: Record<string, string> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "signalbox-app-"));
  await cp(fileURLToPath(new URL("./contract-app", import.meta.url)), folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

export function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      let body = "";
      response.on("data", (piece) => {
        body += piece;
      });
      response.on("end", () => resolve(body));
    }).on("error", reject);
  });
}

/** Looks until it is so, for at most ten seconds. */
export async function until<T>(look: () => Promise<T | null | undefined | false>, what: string): Promise<T> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not within 10 s: ${what}`);
}

export async function installed(driver: RuntimeDriver, releaseId: string, files?: Record<string, string>) {
  const path = await appFolder(files);
  try {
    return await driver.install({ app: APP, releaseId, source: { kind: "folder", path }, ...quiet });
  } finally {
    await rm(path, { recursive: true });
  }
}

export async function spec(driver: RuntimeDriver, beyond: Partial<SlotSpec> = {}): Promise<SlotSpec> {
  const { dir } = await installed(driver, "r1");
  return {
    app: APP,
    slot: "blue",
    release: { id: "r1", version: "1.2.3", dir },
    processes: { web: "node web.ts" },
    port: await freePort(),
    env: {},
    ...beyond,
  };
}

export const healthy = (driver: RuntimeDriver, slot: SlotSpec, timeoutMs = 10_000) =>
  driver.healthy(slot, { path: "/healthz", goodAnswers: 3, timeoutMs, signal: never });

export async function status(driver: RuntimeDriver, slot: SlotSpec, process = "web"): Promise<ProcessStatus> {
  const found = (await driver.inspect(slot)).find((each) => each.process === process);
  if (!found) throw new Error(`${process} was never started`);
  return found;
}

export async function history(driver: RuntimeDriver, slot: SlotSpec, tail: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const { line } of driver.logs(slot, { tail, follow: false, signal: never })) lines.push(line);
  return lines;
}

const crash = (port: number, code: number) => ask(port, `/exit?code=${code}`).catch(() => {});

export function describeRuntimeDriver(name: string, setUp: () => Promise<RuntimeHarness>): void {
  describe(`runtime ${name}`, () => {
    let harness: RuntimeHarness;
    let driver: RuntimeDriver;

    beforeEach(async () => {
      harness = await setUp();
      driver = await harness.create();
    });
    afterEach(async () => {
      await driver.dispose();
      await harness.dispose();
    });

    test("an installed release is a copy of its folder, with the manifest's text", async () => {
      const { dir, manifest } = await installed(driver, "r1");
      expect(manifest).toContain("version: 1.2.3");
      expect(await readFile(join(dir, "worker.ts"), "utf8")).toContain("working");
      expect(await harness.releases(APP)).toEqual(["r1"]);
    });

    test("a build's output comes line by line and its results are in the release", async () => {
      const lines: string[] = [];
      const build = "printf 'one\\ntwo\\nthr'; printf 'ee' >&2; echo; echo $RELEASE > built";
      const path = await appFolder({ "signalbox.yaml": manifestWith(build) });
      const request = { app: APP, releaseId: "r1", source: { kind: "folder" as const, path } };
      const { dir } = await driver.install({ ...request, signal: never, onLog: (line) => lines.push(line) });
      expect(lines).toEqual(expect.arrayContaining(["one", "two"]));
      expect(await readFile(join(dir, "built"), "utf8")).toBe("1.2.3\n");
      await rm(path, { recursive: true });
    });

    test("a failed build is refused with its last words and leaves nothing", async () => {
      const files = { "signalbox.yaml": manifestWith("echo no such compiler; exit 3") };
      const attempt = installed(driver, "r1", files);
      await expect(attempt).rejects.toMatchObject({
        name: "Refusal",
        code: "command-failed",
        message: expect.stringContaining("exit code 3"),
        remedy: expect.stringContaining("no such compiler"),
      });
      expect(await harness.releases(APP)).toEqual([]);
    });

    test("a cancelled build leaves nothing, and nothing of it runs on", async () => {
      const cancel = new AbortController();
      const path = await appFolder({ "signalbox.yaml": manifestWith("echo $$; sleep 1000 & sleep 1000") });
      let shell = 0;
      const onLog = (line: string) => {
        shell = Number(line);
        cancel.abort();
      };
      const request = { app: APP, releaseId: "r1", source: { kind: "folder" as const, path } };
      await expect(driver.install({ ...request, signal: cancel.signal, onLog })).rejects.toThrow(/abort/i);
      expect(await harness.releases(APP)).toEqual([]);
      expect(startTimeOf(shell)).toBeNull();
      await rm(path, { recursive: true });
    });

    test("a folder without a manifest, or with a wrong one, is refused", async () => {
      await expect(installed(driver, "r1", { "signalbox.yaml": "name: contract" })).rejects.toMatchObject({
        code: "manifest-invalid",
      });
      const nowhere = { kind: "folder" as const, path: "/nowhere" };
      const attempt = driver.install({ app: APP, releaseId: "r1", source: nowhere, ...quiet });
      await expect(attempt).rejects.toMatchObject({ code: "source-missing" });
    });

    test("a release that is there already is not installed again", async () => {
      await installed(driver, "r1");
      const { dir } = await installed(driver, "r1", { "worker.ts": "changed" });
      expect(await readFile(join(dir, "worker.ts"), "utf8")).not.toBe("changed");
    });

    test("uninstalling removes a release, and is refused while it runs", async () => {
      const slot = await spec(driver);
      await driver.start(slot);
      await expect(driver.uninstall(APP, "r1")).rejects.toMatchObject({ code: "release-in-use" });
      await driver.stop(slot, { graceMs: 5_000 });
      await driver.uninstall(APP, "r1");
      await driver.uninstall(APP, "r1");
      expect(await harness.releases(APP)).toEqual([]);
    });

    test("a started slot becomes healthy, shows what runs, and stops", async () => {
      const slot = await spec(driver);
      await driver.start(slot);
      await healthy(driver, slot);
      expect(await driver.inspect(slot)).toMatchObject([
        { process: "web", state: "running", releaseId: "r1", restarts: 0, lastExit: null },
      ]);
      const { pid } = await status(driver, slot);
      expect(JSON.parse(await ask(slot.port, "/id"))).toMatchObject({ cwd: slot.release.dir });
      await driver.stop(slot, { graceMs: 5_000 });
      expect(await driver.inspect(slot)).toMatchObject([{ process: "web", state: "stopped", pid: null }]);
      expect(startTimeOf(pid as number)).toBeNull();
      await driver.stop(slot, { graceMs: 5_000 });
    });

    test("starting twice is starting once, also at the same time", async () => {
      const slot = await spec(driver);
      await Promise.all([driver.start(slot), driver.start(slot)]);
      const { pid } = await status(driver, slot);
      await driver.start({ ...slot, env: { ...slot.env } });
      expect(await status(driver, slot)).toMatchObject({ pid, restarts: 0 });
    });

    test("another environment replaces the process", async () => {
      const slot = await spec(driver);
      await driver.start(slot);
      const { pid } = await status(driver, slot);
      await driver.start({ ...slot, env: { COLOUR: "red" } });
      await healthy(driver, slot);
      expect((await status(driver, slot)).pid).not.toBe(pid);
      expect(JSON.parse(await ask(slot.port, "/env"))).toMatchObject({ COLOUR: "red" });
    });

    test("one process can be started and stopped without the others", async () => {
      const slot = await spec(driver, { processes: { web: "node web.ts", worker: "node worker.ts" } });
      await driver.start(slot, ["web"]);
      const { pid } = await status(driver, slot);
      await driver.start(slot, ["worker"]);
      expect(await status(driver, slot, "worker")).toMatchObject({ state: "running" });
      await driver.stop(slot, { only: ["worker"], graceMs: 5_000 });
      expect(await status(driver, slot, "worker")).toMatchObject({ state: "stopped" });
      expect(await status(driver, slot)).toMatchObject({ state: "running", pid });
    });

    test("a process that dies is started again, and it is counted", async () => {
      const slot = await spec(driver);
      await driver.start(slot);
      await healthy(driver, slot);
      const { pid } = await status(driver, slot);
      await crash(slot.port, 7);
      const again = await until(async () => {
        const now = await status(driver, slot);
        return now.state === "running" && now.pid !== pid && now;
      }, "a new process");
      expect(again).toMatchObject({ restarts: 1, lastExit: { code: 7, signal: null } });
      await healthy(driver, slot);
    });

    test("a process that dies again and again is started less and less often", async () => {
      const slot = await spec(driver, { processes: { web: "date +%s%N; exit 1" } });
      await driver.start(slot);
      const starts = await until(async () => {
        const lines = await history(driver, slot, 10);
        return lines.length >= 4 && lines.map((line) => Number(line) / 1e6);
      }, "four starts");
      const [first, second, third] = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
      expect(first).toBeGreaterThanOrEqual(240);
      expect(second).toBeGreaterThanOrEqual(490);
      expect(third).toBeGreaterThanOrEqual(990);
      expect((await status(driver, slot)).restarts).toBeGreaterThanOrEqual(3);
      await driver.stop(slot, { graceMs: 0 });
      expect(await status(driver, slot)).toMatchObject({ state: "stopped" });
    });

    test("processes outlive their driver and the next one keeps them", async () => {
      const slot = await spec(driver);
      await driver.start(slot);
      await healthy(driver, slot);
      const { pid } = await status(driver, slot);
      await driver.dispose();
      expect(await ask(slot.port, "/")).toBe("ok");
      driver = await harness.create();
      await driver.start(slot);
      expect(await status(driver, slot)).toMatchObject({ state: "running", pid, restarts: 0 });
      await crash(slot.port, 1);
      const again = await until(async () => {
        const now = await status(driver, slot);
        return now.state === "running" && now.pid !== pid && now;
      }, "a new process");
      expect(again).toMatchObject({ restarts: 1, lastExit: { code: null } });
    });

    test("what died while no driver looked is started by the next one", async () => {
      const slot = await spec(driver);
      await driver.start(slot);
      await healthy(driver, slot);
      const { pid } = await status(driver, slot);
      await driver.dispose();
      await crash(slot.port, 1);
      driver = await harness.create();
      await healthy(driver, slot);
      expect((await status(driver, slot)).pid).not.toBe(pid);
    });

    test("what was stopped stays stopped under the next driver", async () => {
      const slot = await spec(driver);
      await driver.start(slot);
      await driver.stop(slot, { graceMs: 5_000 });
      await driver.dispose();
      driver = await harness.create();
      expect(await status(driver, slot)).toMatchObject({ state: "stopped", pid: null });
    });

    test("a process that ignores SIGTERM is killed after the grace", async () => {
      const slot = await spec(driver, { env: { STUBBORN: "yes" } });
      await driver.start(slot);
      await healthy(driver, slot);
      const before = performance.now();
      await driver.stop(slot, { graceMs: 300 });
      expect(performance.now() - before).toBeGreaterThanOrEqual(300);
      expect(await status(driver, slot)).toMatchObject({ state: "stopped" });
      expect(await history(driver, slot, 10)).toContain("SIGTERM is ignored");
    });

    test("a slot whose process ends before it is healthy is refused at once, with its log", async () => {
      const slot = await spec(driver, { processes: { web: "echo cannot find my settings; exit 4" } });
      await driver.start(slot);
      const before = performance.now();
      await expect(healthy(driver, slot, 30_000)).rejects.toMatchObject({
        code: "process-exited",
        message: expect.stringContaining("exit code 4"),
        remedy: expect.stringContaining("cannot find my settings"),
      });
      expect(performance.now() - before).toBeLessThan(5_000);
    });

    test("a slot that never listens, or answers badly, is refused in time with its last answer", async () => {
      const silent = await spec(driver, { processes: { web: "node worker.ts" } });
      await driver.start(silent);
      await expect(healthy(driver, silent, 800)).rejects.toMatchObject({
        code: "not-healthy",
        message: expect.stringContaining("ECONNREFUSED"),
        remedy: expect.stringContaining("working"),
      });
      const bad = await spec(driver, { slot: "green" });
      await driver.start(bad);
      const options = { path: "/bad", goodAnswers: 1, timeoutMs: 1_500, signal: never };
      await expect(driver.healthy(bad, options)).rejects.toThrow("503 not yet");
    });

    test("waiting for health ends when it is cancelled", async () => {
      const slot = await spec(driver, { processes: { web: "node worker.ts" } });
      await driver.start(slot);
      const options = { path: "/", goodAnswers: 1, timeoutMs: 60_000, signal: AbortSignal.timeout(200) };
      await expect(driver.healthy(slot, options)).rejects.toThrow();
    });

    test("the environment holds what is listed and nothing else", async () => {
      process.env.ENGINE_SECRET = "never to be seen by apps";
      const slot = await spec(driver, { env: { DATABASE_URL: "postgres://here" } });
      await driver.start(slot);
      await healthy(driver, slot);
      delete process.env.ENGINE_SECRET;
      const env = JSON.parse(await ask(slot.port, "/env")) as Record<string, string>;
      expect(env).toMatchObject({ PORT: String(slot.port), SLOT: "blue", RELEASE: "1.2.3" });
      const allowed = ["DATABASE_URL", "HOME", "PATH", "PORT", "RELEASE", "SIGNALBOX_MAINTENANCE_DIR"];
      // PWD is the shell's own doing.
      const known = [...allowed, "SIGNALBOX_PROCESS", "SLOT", "PWD", "OLDPWD", "SHLVL", "_"];
      expect(Object.keys(env).filter((key) => !known.includes(key))).toEqual([]);
    });

    test("a command runs to its end with the slot's environment", async () => {
      const slot = await spec(driver, { env: { DATABASE_URL: "postgres://owner" } });
      const lines: string[] = [];
      const once = { onLog: (line: string) => lines.push(line), signal: never, timeoutMs: 10_000 };
      await driver.runOnce(slot, 'echo "$DATABASE_URL $SLOT $RELEASE"', once);
      expect(lines).toEqual(["postgres://owner blue 1.2.3"]);
      await expect(driver.runOnce(slot, "exit 9", once)).rejects.toThrow("exit code 9");
      const slow = driver.runOnce(slot, "sleep 1000", { ...once, timeoutMs: 200 });
      await expect(slow).rejects.toMatchObject({ code: "command-timed-out" });
      const cancelled = driver.runOnce(slot, "sleep 1000", { ...once, signal: AbortSignal.timeout(200) });
      await expect(cancelled).rejects.toThrow(/abort|timeout/i);
    });

    test("logs give the last lines, then what is added", async () => {
      const slot = await spec(driver);
      await driver.start(slot);
      await healthy(driver, slot);
      for (const text of ["one", "two", "three"]) await ask(slot.port, `/say?text=${text}`);
      expect(await history(driver, slot, 2)).toEqual(["two", "three"]);
      const stop = new AbortController();
      const seen: LogLine[] = [];
      for await (const line of driver.logs(slot, { process: "web", tail: 1, signal: stop.signal })) {
        seen.push(line);
        if (line.line === "three") await ask(slot.port, "/say?text=four");
        if (line.line === "four") stop.abort();
      }
      expect(seen.map(({ line }) => line)).toEqual(["three", "four"]);
      expect(seen[1]).toMatchObject({ process: "web", at: expect.any(Date) });
    });

    test("CPU and memory of a running process are plausible", async () => {
      const slot = await spec(driver);
      await driver.start(slot);
      await healthy(driver, slot);
      await driver.stats(slot);
      await ask(slot.port, "/burn");
      const [web] = await driver.stats(slot);
      expect(web?.process).toBe("web");
      expect(web?.cpu).toBeGreaterThan(0.2);
      expect(web?.cpu).toBeLessThan(3);
      expect(web?.rssBytes).toBeGreaterThan(10e6);
      expect(web?.rssBytes).toBeLessThan(1e9);
    });

    test("a frozen slot answers nothing until it is unfrozen, and can be stopped while frozen", async () => {
      const slot = await spec(driver);
      await driver.start(slot);
      await healthy(driver, slot);
      await driver.freeze(slot);
      const options = { path: "/", goodAnswers: 1, timeoutMs: 400, signal: never };
      await expect(driver.healthy(slot, options)).rejects.toMatchObject({ code: "not-healthy" });
      await driver.unfreeze(slot);
      await healthy(driver, slot);
      await driver.freeze(slot);
      const before = performance.now();
      await driver.stop(slot, { graceMs: 8_000 });
      expect(performance.now() - before).toBeLessThan(4_000);
    });
  });
}

const manifestWith = (build: string) =>
  `name: ${APP}\nversion: 1.2.3\nprocesses: { web: node web.ts }\nbuild: ${JSON.stringify(build)}\n`;
