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

  // Hold in force, drained, fenced, copied, durable, caught up, asked to commit, committed, routed.
  const at = [13, 15, 17, 19, 23, 25, 26, 27, 31];
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

  // Settled, about to be turned, turned, durable, asked to commit, committed, routed, about to be fed back, fed back.
  const crashes = [
    { verb: "swap", at: [21, 28, 29, 31, 34, 36, 43, 44] } as const,
    { verb: "rollback", at: [25, 27, 32, 40] } as const,
  ].flatMap(({ verb, at }) => at.map((record): Crash => ({ verb, fed: true, at: record, when: "after" })));
  test.each(crashes)(`a $verb ${ending}`, patience, async (crash) =>
    expect(await crashUnderLoad(it, crash, 20_000)).not.toBeNull(),
  );
});
