/** Waiting until a slot is healthy. */
import { expect, test } from "vitest";
import { ask, healthy, history, never, type Subject, spec, until } from "./harness.ts";

export function describeHealth(subject: Subject): void {
  test("a slot whose process ends before it is healthy is refused at once, with its log", async () => {
    const slot = await spec(subject.driver, { processes: { web: "echo cannot find my settings; exit 4" } });
    await subject.driver.start(slot);
    const before = performance.now();
    await expect(healthy(subject.driver, slot, 60_000)).rejects.toMatchObject({
      code: "process-exited",
      message: expect.stringContaining("exit code 4"),
      remedy: expect.stringContaining("cannot find my settings"),
    });
    // At once is long before its time is up.
    expect(performance.now() - before).toBeLessThan(20_000);
  });

  test("a slot that never listens, or answers badly, is refused in time with its last answer", async () => {
    const silent = await spec(subject.driver, { processes: { web: "node worker.ts" } });
    await subject.driver.start(silent);
    await until(async () => (await history(subject.driver, silent, 1)).length > 0, "its first line");
    await expect(healthy(subject.driver, silent, 800)).rejects.toMatchObject({
      code: "not-healthy",
      message: expect.stringContaining("ECONNREFUSED"),
      remedy: expect.stringContaining("working"),
    });
    const bad = await spec(subject.driver, { slot: "green" });
    await subject.driver.start(bad);
    await until(() => ask(bad.ports.web!, "/bad").catch(() => null), "its first answer");
    const options = { path: "/bad", goodAnswers: 1, timeoutMs: 1_500, signal: never };
    await expect(subject.driver.healthy(bad, options)).rejects.toThrow("503 not yet");
  });

  test("waiting for health ends when it is cancelled", async () => {
    const slot = await spec(subject.driver, { processes: { web: "node worker.ts" } });
    await subject.driver.start(slot);
    const options = { path: "/", goodAnswers: 1, timeoutMs: 60_000, signal: AbortSignal.timeout(200) };
    await expect(subject.driver.healthy(slot, options)).rejects.toThrow();
  });
}
