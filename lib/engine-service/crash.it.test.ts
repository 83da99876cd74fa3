/**
 * A sample of the crash matrix, for every day; crash.slow.test.ts covers all of it, and times it. Here other tests run
 * beside it, so only that it recovers counts.
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Crash, crashUnderLoad, startCrashLab } from "./testing/crash.ts";
import type { Installation } from "./testing/installation.ts";

const ending = "whose engine is killed $when record $at ends in one of two states and loses nothing";
const patience = { timeout: 90_000 };

describe("copied in the window", () => {
  let it: Installation;
  beforeAll(async () => {
    it = await startCrashLab(false);
  });
  afterAll(() => it?.stop());

  // From the hold on: each step, the commit, and what follows it.
  const at = [8, 9, 10, 11, 13, 14, 15, 17, 18];
  const crashes = at.map((record): Crash => ({ verb: "swap", fed: false, at: record, when: "after" }));
  test.each(crashes)(`a swap ${ending}`, patience, async (crash) =>
    expect(await crashUnderLoad(it, crash, 20_000)).not.toBeNull(),
  );
});

describe("fed", () => {
  let it: Installation;
  beforeAll(async () => {
    it = await startCrashLab(true);
  });
  afterAll(() => it?.stop());

  // From the hold on: drained, fenced, turned, asked to commit, committed, routed, released, fed back.
  const crashes = [
    { verb: "swap", when: "after", at: [11, 12, 13, 14, 15, 16, 17, 18, 19, 21] } as const,
    // What comes next is under way, and no record says so: fence, turn, the last look, release.
    { verb: "swap", when: "during", at: [13, 14, 15, 18] } as const,
    { verb: "rollback", when: "after", at: [12, 14, 16, 20] } as const,
    { verb: "rollback", when: "during", at: [13] } as const,
  ].flatMap(({ verb, at, when }) => at.map((record): Crash => ({ verb, fed: true, at: record, when })));
  test.each(crashes)(`a $verb ${ending}`, patience, async (crash) =>
    expect(await crashUnderLoad(it, crash, 20_000)).not.toBeNull(),
  );
});
