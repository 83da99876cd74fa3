/** What every runtime must do. A driver's test calls it with its own way to make drivers, then adds its extras. */
import { afterEach, beforeEach, describe } from "vitest";
import { describeAdoption } from "./contract/adoption.ts";
import type { RuntimeHarness, Subject } from "./contract/harness.ts";
import { describeHealth } from "./contract/health.ts";
import { describeObservation } from "./contract/observation.ts";
import { describeProcesses } from "./contract/processes.ts";
import { describeReleases } from "./contract/releases.ts";

export function describeRuntimeDriver(name: string, setUp: () => Promise<RuntimeHarness>): void {
  describe(`runtime ${name}`, () => {
    const subject = {} as Subject;

    beforeEach(async () => {
      subject.harness = await setUp();
      subject.driver = await subject.harness.create();
    });
    afterEach(async () => {
      await subject.driver.dispose();
      await subject.harness.dispose();
    });

    describeReleases(subject);
    describeProcesses(subject);
    describeAdoption(subject);
    describeHealth(subject);
    describeObservation(subject);
  });
}
