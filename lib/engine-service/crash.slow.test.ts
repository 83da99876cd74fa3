/** The whole matrix: the engine killed before and after every record of a swap and of a rollback. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { crashUnderLoad, startCrashLab } from "./testing/crash.ts";
import type { Installation } from "./testing/installation.ts";

let it: Installation;

beforeAll(async () => {
  it = await startCrashLab();
});
afterAll(() => it?.stop());

for (const verb of ["swap", "rollback"] as const) {
  for (const when of ["before", "after"] as const) {
    test(`a ${verb} killed ${when} each of its records ends in one of two states within 5 s`, async () => {
      const recoveries: string[] = [];
      const seen = new Set<string>();
      for (let at = 1; ; at++) {
        const recovery = await crashUnderLoad(it, { verb, at, when }, 5_000);
        if (!recovery) break;
        seen.add(recovery.status);
        const { status, endedMs, servedMs } = recovery;
        recoveries.push(
          `${at}: ${status} after ${endedMs.toFixed()} ms, served after ${servedMs.toFixed()} ms`,
        );
      }
      console.log(`${verb}, killed ${when} record\n${recoveries.join("\n")}`);
      expect(recoveries.length).toBeGreaterThan(25);
      expect(seen).toEqual(new Set(["aborted", "succeeded"]));
    });
  }
}
