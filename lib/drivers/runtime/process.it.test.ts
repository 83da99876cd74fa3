import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Home } from "#lib/config/home.ts";
import type { RuntimeDriver, SlotSpec } from "#lib/engine/ports.ts";
import { startTimeOf } from "#lib/observability/process-identity.ts";
import {
  APP,
  appFolder,
  ask,
  describeRuntimeDriver,
  healthy,
  history,
  installed,
  type RuntimeHarness,
  spec,
  status,
  until,
} from "./contract.ts";
import { logFile, slotPaths } from "./process/paths.ts";
import { ifMissing, readActual, writeActual } from "./process/state.ts";
import { stopAllSlotProcesses } from "./process/stop-all.ts";
import { osUserName } from "./process/user.ts";
import { createProcessRuntime } from "./process.ts";

async function temporaryHome(): Promise<Home> {
  const dir = await mkdtemp(join(tmpdir(), "signalbox-runtime-"));
  await chmod(dir, 0o755);
  return { dir, root: dir, maintenance: join(dir, "maintenance") };
}

async function cleanUp(home: Home) {
  await stopAllSlotProcesses(home, 0);
  await rm(home.dir, { recursive: true });
}

const releases = (home: Home, app: string) =>
  readdir(join(home.root, "apps", app, "releases")).catch(ifMissing([]));

async function setUp(): Promise<RuntimeHarness> {
  const home = await temporaryHome();
  return {
    create: () => createProcessRuntime({ home, user: "same" }),
    releases: (app) => releases(home, app),
    dispose: () => cleanUp(home),
  };
}

describeRuntimeDriver("process", setUp);

describe("runtime process, beyond the contract", () => {
  let home: Home;
  let driver: RuntimeDriver;

  beforeEach(async () => {
    home = await temporaryHome();
    driver = await createProcessRuntime({ home, user: "same", logBytes: 20_000 });
  });
  afterEach(async () => {
    await driver.dispose();
    await cleanUp(home);
  });

  const next = async () => {
    await driver.dispose();
    driver = await createProcessRuntime({ home, user: "same" });
  };
  // A zombie is dead: whose child it is does not matter here.
  const alive = (pid: number) => startTimeOf(pid) !== null;

  /** An engine of its own that starts the slot, and waits to be killed. */
  async function engine(slot: SlotSpec) {
    const entry = fileURLToPath(new URL("./process.ts", import.meta.url));
    const script = `
      import { createProcessRuntime } from ${JSON.stringify(entry)};
      const driver = await createProcessRuntime({ home: ${JSON.stringify(home)}, user: "same" });
      await driver.start(${JSON.stringify(slot)});
      console.log("started");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
      cwd: fileURLToPath(new URL("../../..", import.meta.url)),
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    return child;
  }

  test("a slot outlives an engine that is killed with -9 and the next one adopts it", async () => {
    const slot = await spec(driver);
    await driver.dispose();
    const killed = await engine(slot);
    driver = await createProcessRuntime({ home, user: "same" });
    await healthy(driver, slot);
    const { pid } = await status(driver, slot);
    await driver.dispose();
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect(await ask(slot.port, "/")).toBe("ok");
    driver = await createProcessRuntime({ home, user: "same" });
    await driver.start(slot);
    expect(await status(driver, slot)).toMatchObject({ state: "running", pid, restarts: 0 });
    await driver.stop(slot, { graceMs: 5_000 });
    expect(alive(pid as number)).toBe(false);
  });

  test("a process whose pid was never noted is found by its marker, not started again", async () => {
    const slot = await spec(driver);
    await driver.start(slot);
    await healthy(driver, slot);
    const { pid } = await status(driver, slot);
    await driver.dispose();
    const paths = slotPaths(home, slot);
    const actual = await readActual(paths, "web");
    if (!actual) throw new Error("no state was written");
    await writeActual(paths, "web", { ...actual, pid: null, startTime: null });
    await next();
    expect(await status(driver, slot)).toMatchObject({ state: "running", pid, restarts: 0 });
  });

  test("a process that has a stranger's pid is not taken for the slot's", async () => {
    const slot = await spec(driver);
    await driver.start(slot);
    await driver.stop(slot, { graceMs: 5_000 });
    const paths = slotPaths(home, slot);
    const actual = await readActual(paths, "web");
    if (!actual) throw new Error("no state was written");
    await writeActual(paths, "web", { ...actual, pid: process.pid });
    expect(await status(driver, slot)).toMatchObject({ state: "stopped", pid: null });
    await driver.stop(slot, { graceMs: 0 });
    expect(alive(process.pid)).toBe(true);
  });

  test("stopping ends what forked away into a session of its own", async () => {
    const slot = await spec(driver, { env: { FORK: "yes" } });
    await driver.start(slot);
    await healthy(driver, slot);
    const line = (await history(driver, slot, 10)).find((line) => line.startsWith("forked"));
    const forked = Number(line?.slice("forked ".length));
    expect(alive(forked)).toBe(true);
    await driver.stop(slot, { graceMs: 5_000 });
    expect(alive(forked)).toBe(false);
  });

  test("shutting down ends every slot's processes and the next start brings them back", async () => {
    const slot = await spec(driver, { env: { FORK: "yes" } });
    await driver.start(slot);
    await healthy(driver, slot);
    const { pid } = await status(driver, slot);
    await driver.dispose();
    expect(await stopAllSlotProcesses(home, 5_000)).toBe(2);
    expect(alive(pid as number)).toBe(false);
    await next();
    await healthy(driver, slot);
    expect(await status(driver, slot)).toMatchObject({ state: "running", restarts: 0 });
  });

  test("what a killed engine left of an install or a build is cleared at the next start", async () => {
    await installed(driver, "r1");
    const half = join(home.root, "apps", APP, "releases", ".unfinished-r2-0000");
    await mkdir(half);
    const build = spawn("sleep", ["1000"], { env: { SIGNALBOX_PROCESS: half } as never, stdio: "ignore" });
    const gone = once(build, "exit");
    await next();
    await gone;
    expect(await releases(home, APP)).toEqual(["r1"]);
  });

  test("a release command whose engine was killed is ended at the next start", async () => {
    const slot = await spec(driver);
    const { signal } = new AbortController();
    let pid = 0;
    const onLog = (line: string) => {
      pid = Number(line);
    };
    const run = driver.runOnce(slot, "echo $$; sleep 1000", { onLog, signal, timeoutMs: 60_000 });
    run.catch(() => {});
    await until(async () => pid > 0, "the command's pid");
    await next();
    expect(alive(pid)).toBe(false);
    await expect(run).rejects.toThrow("SIGKILL");
  });

  test("links that lead out of the folder are refused, others are kept", async () => {
    const path = await appFolder();
    const install = (releaseId: string) =>
      driver.install({
        app: APP,
        releaseId,
        source: { kind: "folder", path },
        onLog: () => {},
        signal: new AbortController().signal,
      });
    await symlink("web.ts", join(path, "inside"));
    const { dir } = await install("r1");
    expect(await readFile(join(dir, "inside"), "utf8")).toContain("createServer");
    await symlink("/etc/passwd", join(path, "outside"));
    await expect(install("r2")).rejects.toMatchObject({ code: "link-leads-out" });
    await rm(join(path, "outside"));
    // Its text stays in the folder; the link on its way does not.
    await mkdir(join(path, "deep"));
    await symlink(".", join(path, "deep", "here"));
    await symlink("here/../..", join(path, "deep", "bent"));
    await expect(install("r2")).rejects.toMatchObject({ code: "link-leads-out" });
    expect(await releases(home, APP)).toEqual(["r1"]);
    await rm(path, { recursive: true });
  });

  test("packages are copied with a folder that has no build, and left out of one that has", async () => {
    const path = await appFolder();
    await mkdir(join(path, "node_modules", "thing"), { recursive: true });
    await writeFile(join(path, "node_modules", "thing", "index.js"), "");
    await mkdir(join(path, ".git"));
    const source = { kind: "folder" as const, path };
    const request = { app: APP, source, onLog: () => {}, signal: new AbortController().signal };
    const ready = await driver.install({ ...request, releaseId: "ready" });
    expect(await readdir(ready.dir)).toContain("node_modules");
    await appendFile(join(path, "signalbox.yaml"), "build: 'true'\n");
    const built = await driver.install({ ...request, releaseId: "built" });
    expect((await readdir(built.dir)).sort()).toEqual(["signalbox.yaml", "web.ts", "worker.ts"]);
    await rm(path, { recursive: true });
  });

  test("logs are rotated while the process writes on, and a follower loses nothing", async () => {
    const slot = await spec(driver, {
      processes: {
        web: "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line-$i; sleep 0.001; done; sleep 1000",
      },
    });
    const stop = new AbortController();
    const seen: number[] = [];
    await driver.start(slot);
    for await (const { line } of driver.logs(slot, { process: "web", tail: 5000, signal: stop.signal })) {
      seen.push(Number(line.slice("line-".length)));
      if (line === "line-3000") stop.abort();
    }
    const file = logFile(slotPaths(home, slot), "web");
    await until(async () => (await readFile(file)).length < 20_000, "the last rotation");
    expect((await readFile(`${file}.1`)).length).toBeGreaterThanOrEqual(20_000);
    expect(seen.at(-1)).toBe(3000);
    // Copying and cutting is not one act: a line may fall between.
    expect(seen.length).toBeGreaterThanOrEqual(2990);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  });

  test("endless lines, binary and escapes neither break a reader nor reach a terminal", async () => {
    const slot = await spec(driver, { processes: { web: "sleep 1000" } });
    await driver.start(slot);
    const file = logFile(slotPaths(home, slot), "web");
    await appendFile(file, Buffer.concat([Buffer.alloc(3_000_000, 120), Buffer.from("\n")]));
    await appendFile(file, Buffer.from([0xff, 0xfe, 0x00, 0x07, 0x0a]));
    await appendFile(file, "\u001b[31mred\u001b[0m\r\n");
    const [long, binary, red] = await history(driver, slot, 3);
    expect(long).toHaveLength(8192 + 2);
    expect(binary).toBe("\ufffd\ufffd\ufffd\ufffd");
    expect(red).toBe("red");
  });

  test("an app's name or a release's id can't lead out of the home", async () => {
    const source = { kind: "folder" as const, path: "/tmp" };
    const request = { source, onLog: () => {}, signal: new AbortController().signal };
    await expect(driver.install({ ...request, app: "../x", releaseId: "r1" })).rejects.toThrow(
      "name of a app",
    );
    await expect(driver.uninstall(APP, "../../x")).rejects.toMatchObject({ code: "bad-name" });
  });
});

describe.runIf(process.getuid?.() === 0)("runtime process as root", () => {
  test("an app runs as an OS user of its own, in files that it can't change", async () => {
    const home = await temporaryHome();
    const driver = await createProcessRuntime({ home });
    const path = await appFolder({
      "signalbox.yaml": `name: ${APP}\nversion: "1"\nprocesses: { web: node web.ts }\nbuild: umask 077; id -un > who\n`,
    });
    const source = { kind: "folder" as const, path };
    const request = { app: APP, source, onLog: () => {}, signal: new AbortController().signal };
    try {
      const { dir } = await driver.install({ ...request, releaseId: "r1" });
      expect((await readFile(join(dir, "who"), "utf8")).trim()).toBe(osUserName(APP));
      const slot = await spec(driver, { release: { id: "r1", version: "1", dir } });
      await driver.start(slot);
      await healthy(driver, slot);
      const { uid } = JSON.parse(await ask(slot.port, "/id"));
      expect(uid).not.toBe(0);
      const run = (command: string) =>
        driver.runOnce(slot, command, { onLog: () => {}, signal: request.signal, timeoutMs: 10_000 });
      await run("cat who && touch $HOME/mine");
      await expect(run("echo changed >> who")).rejects.toThrow("exit code");
      await expect(run("touch new")).rejects.toThrow("exit code");
      await expect(run(`cat ${slotPaths(home, slot).state}/web.desired.json`)).rejects.toThrow("exit code");
    } finally {
      await driver.dispose();
      await cleanUp(home);
      await rm(path, { recursive: true });
      await once(spawn("userdel", [osUserName(APP)], { stdio: "ignore" }), "exit");
    }
  });
});
