/** The whole matrix: the engine killed before and after every record of a swap and of a rollback, fed or not. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crashUnderLoad, startCrashLab } from "./testing/crash.ts";
import type { Installation } from "./testing/installation.ts";

describe.each([{ fed: true }, { fed: false }])("fed: $fed", ({ fed }) => {
  let it: Installation;
  beforeAll(async () => {
    it = await startCrashLab(fed);
  });
  afterAll(() => it?.stop());

  const cases = (["swap", "rollback"] as const).flatMap((verb) =>
    (["before", "during", "after"] as const).map((when) => ({ verb, when })),
  );
  test.each(cases)(
    "a $verb killed $when each of its records ends in one of two states within 5 s",
    async (one) => {
      const recoveries: string[] = [];
      const seen = new Set<string>();
      for (let at = 1; ; at++) {
        const recovery = await crashUnderLoad(it, { ...one, fed, at }, 5_000);
        if (!recovery) break;
        seen.add(recovery.status);
        const { status, endedMs, servedMs } = recovery;
        recoveries.push(
          `${at}: ${status} after ${endedMs.toFixed()} ms, served after ${servedMs.toFixed()} ms`,
        );
      }
      console.log(`${fed ? "fed " : ""}${one.verb}, killed ${one.when} record\n${recoveries.join("\n")}`);
      expect(recoveries.length).toBeGreaterThan(15);
      expect(seen).toEqual(new Set(["aborted", "succeeded"]));
    },
  );
});
