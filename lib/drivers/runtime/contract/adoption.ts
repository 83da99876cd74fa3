/** What the next driver finds and does. */
import { expect, test } from "vitest";
import { startTimeOf } from "#lib/observability/process-identity.ts";
import { ask, crash, healthy, type Subject, spec, status, until } from "./harness.ts";

export function describeAdoption(subject: Subject): void {
  test("processes outlive their driver and the next one keeps them", async () => {
    const slot = await spec(subject.driver);
    await subject.driver.start(slot);
    await healthy(subject.driver, slot);
    const { pid } = await status(subject.driver, slot);
    await subject.driver.dispose();
    expect(await ask(slot.ports.web!, "/")).toBe("ok");
    subject.driver = await subject.harness.create();
    await subject.driver.start(slot);
    expect(await status(subject.driver, slot)).toMatchObject({ state: "running", pid, restarts: 0 });
    await crash(slot.ports.web!, 1);
    const again = await until(async () => {
      const now = await status(subject.driver, slot);
      return now.state === "running" && now.pid !== pid && now;
    }, "a new process");
    expect(again).toMatchObject({ restarts: 1, lastExit: { code: null } });
  });

  test("what died while no driver looked is started by the next one", async () => {
    const slot = await spec(subject.driver);
    await subject.driver.start(slot);
    await healthy(subject.driver, slot);
    const { pid } = await status(subject.driver, slot);
    await subject.driver.dispose();
    await crash(slot.ports.web!, 1);
    await until(async () => startTimeOf(pid as number) === null, "its end");
    subject.driver = await subject.harness.create();
    await healthy(subject.driver, slot);
    expect((await status(subject.driver, slot)).pid).not.toBe(pid);
  });

  test("what was stopped stays stopped under the next driver", async () => {
    const slot = await spec(subject.driver);
    await subject.driver.start(slot);
    await subject.driver.stop(slot, { graceMs: 5_000 });
    await subject.driver.dispose();
    subject.driver = await subject.harness.create();
    expect(await status(subject.driver, slot)).toMatchObject({ state: "stopped", pid: null });
  });
}
