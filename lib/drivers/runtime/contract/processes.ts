/** Starting, keeping and stopping processes. */
import { expect, test } from "vitest";
import { startTimeOf } from "#lib/observability/process-identity.ts";
import { ask, crash, healthy, history, type Subject, spec, status, until } from "./harness.ts";

export function describeProcesses(subject: Subject): void {
  test("a started slot becomes healthy, shows what runs, and stops", async () => {
    const slot = await spec(subject.driver);
    await subject.driver.start(slot);
    await healthy(subject.driver, slot);
    expect(await subject.driver.inspect(slot)).toMatchObject([
      { process: "web", state: "running", releaseId: "r1", restarts: 0, lastExit: null },
    ]);
    const { pid } = await status(subject.driver, slot);
    expect(JSON.parse(await ask(slot.ports.web!, "/id"))).toMatchObject({ cwd: slot.release.dir });
    await subject.driver.stop(slot, { graceMs: 5_000 });
    expect(await subject.driver.inspect(slot)).toMatchObject([
      { process: "web", state: "stopped", pid: null },
    ]);
    expect(startTimeOf(pid as number)).toBeNull();
    await subject.driver.stop(slot, { graceMs: 5_000 });
  });

  test("starting twice is starting once, also at the same time", async () => {
    const slot = await spec(subject.driver);
    await Promise.all([subject.driver.start(slot), subject.driver.start(slot)]);
    const { pid } = await status(subject.driver, slot);
    await subject.driver.start({ ...slot, env: { ...slot.env } });
    expect(await status(subject.driver, slot)).toMatchObject({ pid, restarts: 0 });
  });

  test("another environment replaces the process", async () => {
    const slot = await spec(subject.driver);
    await subject.driver.start(slot);
    const { pid } = await status(subject.driver, slot);
    await subject.driver.start({ ...slot, env: { COLOUR: "red" } });
    await healthy(subject.driver, slot);
    expect((await status(subject.driver, slot)).pid).not.toBe(pid);
    expect(JSON.parse(await ask(slot.ports.web!, "/env"))).toMatchObject({ COLOUR: "red" });
  });

  test("one process can be started and stopped without the others", async () => {
    const slot = await spec(subject.driver, { processes: { web: "node web.ts", worker: "node worker.ts" } });
    await subject.driver.start(slot, ["web"]);
    const { pid } = await status(subject.driver, slot);
    await subject.driver.start(slot, ["worker"]);
    expect(await status(subject.driver, slot, "worker")).toMatchObject({ state: "running" });
    await subject.driver.stop(slot, { only: ["worker"], graceMs: 5_000 });
    expect(await status(subject.driver, slot, "worker")).toMatchObject({ state: "stopped" });
    expect(await status(subject.driver, slot)).toMatchObject({ state: "running", pid });
  });

  test("a process that dies is started again, and it is counted", async () => {
    const slot = await spec(subject.driver);
    await subject.driver.start(slot);
    await healthy(subject.driver, slot);
    const { pid } = await status(subject.driver, slot);
    await crash(slot.ports.web!, 7);
    const again = await until(async () => {
      const now = await status(subject.driver, slot);
      return now.state === "running" && now.pid !== pid && now;
    }, "a new process");
    expect(again).toMatchObject({ restarts: 1, lastExit: { code: 7, signal: null } });
    await healthy(subject.driver, slot);
  });

  test("a process that dies again and again is started less and less often", async () => {
    const slot = await spec(subject.driver, { processes: { web: "date +%s%N; exit 1" } });
    await subject.driver.start(slot);
    const starts = await until(async () => {
      const lines = await history(subject.driver, slot, 10);
      return lines.length >= 4 && lines.map((line) => Number(line) / 1e6);
    }, "four starts");
    const [first, second, third] = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(first).toBeGreaterThanOrEqual(240);
    expect(second).toBeGreaterThanOrEqual(490);
    expect(third).toBeGreaterThanOrEqual(990);
    expect((await status(subject.driver, slot)).restarts).toBeGreaterThanOrEqual(3);
    await subject.driver.stop(slot, { graceMs: 0 });
    expect(await status(subject.driver, slot)).toMatchObject({ state: "stopped" });
  });

  test("a process that ignores SIGTERM is killed after the grace", async () => {
    const slot = await spec(subject.driver, { env: { STUBBORN: "yes" } });
    await subject.driver.start(slot);
    await healthy(subject.driver, slot);
    const before = performance.now();
    await subject.driver.stop(slot, { graceMs: 2_000 });
    expect(performance.now() - before).toBeGreaterThanOrEqual(2_000);
    expect(await status(subject.driver, slot)).toMatchObject({ state: "stopped" });
    expect(await history(subject.driver, slot, 10)).toContain("SIGTERM is ignored");
  });

  test("the environment holds what is listed and nothing else", async () => {
    process.env.ENGINE_SECRET = "never to be seen by apps";
    const slot = await spec(subject.driver, { env: { DATABASE_URL: "postgres://here" } });
    await subject.driver.start(slot);
    await healthy(subject.driver, slot);
    delete process.env.ENGINE_SECRET;
    const env = JSON.parse(await ask(slot.ports.web!, "/env")) as Record<string, string>;
    expect(env).toMatchObject({ PORT: String(slot.ports.web!), SLOT: "blue", RELEASE: "1.2.3" });
    const allowed = ["DATABASE_URL", "HOME", "PATH", "PORT", "RELEASE", "SIGNALBOX_MAINTENANCE_DIR"];
    // PWD is the shell's own doing.
    const known = [...allowed, "SIGNALBOX_PROCESS", "SLOT", "PWD", "OLDPWD", "SHLVL", "_"];
    expect(Object.keys(env).filter((key) => !known.includes(key))).toEqual([]);
  });
}
