import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Home } from "#lib/config/home.ts";
import type { SlotSpec } from "#lib/engine/ports.ts";
import { startTimeOf } from "#lib/observability/process-identity.ts";
import { ask, freePort, healthy, history, spec, status, until } from "./contract/harness.ts";
import { describeWarming } from "./contract/warming.ts";
import { describeRuntimeDriver } from "./contract.ts";
import { slotPaths } from "./process/paths.ts";
import { readActual, writeActual } from "./process/state.ts";
import { stopAllSlotProcesses } from "./process/stop-all.ts";
import { benchWithDriver, releases, removeHome, temporaryHome } from "./process/testing.ts";
import { createProcessRuntime } from "./process.ts";

describeRuntimeDriver("process", async () => {
  const home = await temporaryHome();
  return {
    create: () => createProcessRuntime({ home, user: "same" }),
    releases: (app) => releases(home, app),
    dispose: () => removeHome(home),
  };
});

describeWarming("process", async () => {
  const home = await temporaryHome();
  const driver = await createProcessRuntime({ home, user: "same" });
  const slot = await spec(driver);
  await driver.start(slot);
  await healthy(driver, slot);
  return {
    driver,
    slot,
    port: slot.ports.web!,
    async dispose() {
      await driver.dispose();
      await removeHome(home);
    },
  };
});

const { signal } = new AbortController();

// A zombie is dead: whose child it is does not matter here.
const alive = (pid: number) => startTimeOf(pid) !== null;

/** An engine of its own that starts the slot, and waits to be killed. */
async function engine(home: Home, slot: SlotSpec) {
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

describe("runtime process, beyond the contract", () => {
  const bench = benchWithDriver();

  test("a slot outlives an engine that is killed with -9 and the next one adopts it", async () => {
    const slot = await spec(bench.driver);
    await bench.driver.dispose();
    const killed = await engine(bench.home, slot);
    bench.driver = await createProcessRuntime({ home: bench.home, user: "same" });
    await healthy(bench.driver, slot);
    const { pid } = await status(bench.driver, slot);
    await bench.driver.dispose();
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect(await ask(slot.ports.web!, "/")).toBe("ok");
    bench.driver = await createProcessRuntime({ home: bench.home, user: "same" });
    await bench.driver.start(slot);
    expect(await status(bench.driver, slot)).toMatchObject({ state: "running", pid, restarts: 0 });
    await bench.driver.stop(slot, { graceMs: 5_000 });
    expect(alive(pid as number)).toBe(false);
  });

  test("a process whose pid was never noted is found by its marker, not started again", async () => {
    const slot = await spec(bench.driver);
    await bench.driver.start(slot);
    await healthy(bench.driver, slot);
    const { pid } = await status(bench.driver, slot);
    await bench.driver.dispose();
    const paths = slotPaths(bench.home, slot);
    const actual = await readActual(paths, "web");
    if (!actual) throw new Error("no state was written");
    await writeActual(paths, "web", { ...actual, pid: null, startTime: null });
    await bench.next();
    expect(await status(bench.driver, slot)).toMatchObject({ state: "running", pid, restarts: 0 });
  });

  test("a process that has a stranger's pid is not taken for the slot's", async () => {
    const slot = await spec(bench.driver);
    await bench.driver.start(slot);
    await bench.driver.stop(slot, { graceMs: 5_000 });
    const paths = slotPaths(bench.home, slot);
    const actual = await readActual(paths, "web");
    if (!actual) throw new Error("no state was written");
    await writeActual(paths, "web", { ...actual, pid: process.pid });
    expect(await status(bench.driver, slot)).toMatchObject({ state: "stopped", pid: null });
    await bench.driver.stop(slot, { graceMs: 0 });
    expect(alive(process.pid)).toBe(true);
  });

  test("stopping ends what forked away into a session of its own", async () => {
    const slot = await spec(bench.driver, { env: { FORK: "yes" } });
    await bench.driver.start(slot);
    await healthy(bench.driver, slot);
    const line = (await history(bench.driver, slot, 10)).find((line) => line.startsWith("forked"));
    const forked = Number(line?.slice("forked ".length));
    expect(alive(forked)).toBe(true);
    await bench.driver.stop(slot, { graceMs: 5_000 });
    expect(alive(forked)).toBe(false);
  });

  test("shutting down ends every slot's processes and the next start brings them back", async () => {
    const slot = await spec(bench.driver, { env: { FORK: "yes" } });
    await bench.driver.start(slot);
    await healthy(bench.driver, slot);
    const { pid } = await status(bench.driver, slot);
    await bench.driver.dispose();
    expect(await stopAllSlotProcesses(bench.home, 5_000)).toBe(2);
    expect(alive(pid as number)).toBe(false);
    await bench.next();
    await healthy(bench.driver, slot);
    expect(await status(bench.driver, slot)).toMatchObject({ state: "running", restarts: 0 });
  });

  test("what a process runs with is sealed on disk, and opened for its next start", async () => {
    await bench.driver.dispose();
    const turned = (text: string) => [...text].reverse().join("");
    const secrets = {
      seal: (text: string, context: string) => `sealed:${context}:${turned(text)}`,
      unseal: (sealed: string, context: string) => turned(sealed.slice(`sealed:${context}:`.length)),
      key: "k",
    };
    const create = () => createProcessRuntime({ home: bench.home, user: "same" }, () => {}, secrets);
    bench.driver = await create();
    const slot = await spec(bench.driver, { env: { PASSWORD: "open-sesame" } });
    await bench.driver.start(slot);
    await healthy(bench.driver, slot);
    const written = await readFile(`${slotPaths(bench.home, slot).state}/web.desired.json`, "utf8");
    expect(written).not.toContain("open-sesame");
    await bench.driver.dispose();
    await stopAllSlotProcesses(bench.home, 5_000);
    bench.driver = await create();
    await healthy(bench.driver, slot);
    expect(JSON.parse(await ask(slot.ports.web!, "/env"))).toMatchObject({ PASSWORD: "open-sesame" });
  });

  test("a process that is kept goes on with its old variables, and is said to be out of date", async () => {
    const slot = await spec(bench.driver, { env: { COLOUR: "red" } });
    await bench.driver.start(slot);
    await healthy(bench.driver, slot);
    const { pid } = await status(bench.driver, slot);
    const changed = { ...slot, env: { COLOUR: "blue" } };
    await bench.driver.start(changed, ["web"], { keep: true });
    expect((await status(bench.driver, slot)).pid).toBe(pid);
    expect(await bench.driver.outdated!(changed, ["web"])).toEqual(["web"]);
    await bench.driver.start(changed, ["web"]);
    await healthy(bench.driver, changed);
    expect(await bench.driver.outdated!(changed, ["web"])).toEqual([]);
    expect(JSON.parse(await ask(slot.ports.web!, "/env"))).toMatchObject({ COLOUR: "blue" });
  });

  test("what ran before is started again, whatever was started since", async () => {
    const slot = await spec(bench.driver, { env: { COLOUR: "red" } });
    await bench.driver.start(slot);
    await bench.driver.remember!(slot, ["web"], "run 1");
    await bench.driver.start({ ...slot, env: { COLOUR: "blue" } });
    await bench.driver.remember!(slot, ["web"], "run 1");
    await bench.driver.stop(slot, { graceMs: 5_000 });
    await bench.next();
    expect(await bench.driver.startAsBefore!(slot, "web", "run 1")).toBe(true);
    await healthy(bench.driver, slot);
    expect(JSON.parse(await ask(slot.ports.web!, "/env"))).toMatchObject({ COLOUR: "red" });
    expect(await bench.driver.startAsBefore!(slot, "web", "run 2")).toBe(false);
  });

  test("several web processes listen side by side, each with its port and log", async () => {
    const processes = { web: "node web.ts", "web.2": "node web.ts", "web.spare": "node web.ts" };
    const ports = { web: await freePort(), "web.2": await freePort(), "web.spare": await freePort() };
    const slot = await spec(bench.driver, { processes, ports });
    await bench.driver.start(slot);
    for (const process of Object.keys(processes)) {
      await bench.driver.healthy(slot, {
        process,
        path: "/healthz",
        goodAnswers: 1,
        timeoutMs: 10_000,
        signal,
      });
    }
    await bench.driver.stop(slot, { only: ["web"], graceMs: 5_000 });
    expect(await ask(ports["web.2"], "/")).toBe("ok");
    expect(await ask(ports["web.spare"], "/")).toBe("ok");
  });

  test("a program runs with its arguments as they are; what it said is in the slot's log", async () => {
    const slot = await spec(bench.driver);
    const heard: string[] = [];
    const options = { onLog: (line: string) => void heard.push(line), signal, timeoutMs: 10_000, log: "run" };
    const print = "console.log(process.argv[1])";
    await bench.driver.runOnce(slot, ["node", "-e", print, "a b; $(c) 'd'"], options);
    expect(heard).toEqual(["a b; $(c) 'd'"]);
    expect(await history(bench.driver, slot, 10)).toContain("a b; $(c) 'd'");
    const fails = bench.driver.runOnce(slot, ["node", "-e", "process.exit(7)"], options);
    await expect(fails).rejects.toMatchObject({ code: "command-failed", exitCode: 7 });
    const missing = bench.driver.runOnce(slot, ["no-such-program"], options);
    await expect(missing).rejects.toMatchObject({ code: "command-not-started" });
  });

  test("a command that ignores SIGTERM is killed after the grace, when its time is over", async () => {
    const slot = await spec(bench.driver);
    const options = { onLog: () => {}, signal, timeoutMs: 600, graceMs: 200 };
    const stubborn = ["node", "-e", 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'];
    await expect(bench.driver.runOnce(slot, stubborn, options)).rejects.toMatchObject({
      code: "command-timed-out",
    });
  });

  test("a release command whose engine was killed is ended at the next start", async () => {
    const slot = await spec(bench.driver);
    let pid = 0;
    const onLog = (line: string) => {
      pid = Number(line);
    };
    const run = bench.driver.runOnce(slot, "echo $$; sleep 1000", { onLog, signal, timeoutMs: 60_000 });
    run.catch(() => {});
    await until(async () => pid > 0, "the command's pid");
    await bench.next();
    expect(alive(pid)).toBe(false);
    await expect(run).rejects.toThrow("SIGKILL");
  });
});
