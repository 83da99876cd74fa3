import { expect, test } from "vitest";
import { conduct } from "./conduct.ts";
import { StaleToken } from "./ports.ts";
import { Model } from "./testing/model.ts";
import { tryRandomPlans } from "./testing/trials.ts";

const engine = { conduct, StaleToken };
const shape = { before: 4, window: 2, after: 3, windowMs: 3_000, stepMs: [10] };

test("random plans under random faults end wholly before or wholly after their commit", {
  timeout: 120_000,
}, async () => {
  await tryRandomPlans(engine, { runs: 3_000 });
});

test("a run killed at any call ends wholly before or wholly after its commit", async () => {
  for (const after of [false, true]) {
    for (let at = 0; at < 40; at++) {
      const faults = [
        ...Array.from({ length: at }, () => ({ kind: "ok" as const })),
        { kind: "killed" as const, after },
      ];
      expect(
        await new Model(engine, shape, faults).trial(),
        `killed ${after ? "after" : "before"} call ${at}`,
      ).toEqual([]);
    }
  }
});

test("an engine that wakes after a takeover changes nothing", async () => {
  for (const after of [false, true]) {
    for (let at = 0; at < 40; at++) {
      const faults = [
        ...Array.from({ length: at }, () => ({ kind: "ok" as const })),
        { kind: "frozen" as const, after },
      ];
      expect(
        await new Model(engine, shape, faults).trial(),
        `frozen ${after ? "after" : "before"} call ${at}`,
      ).toEqual([]);
    }
  }
});
