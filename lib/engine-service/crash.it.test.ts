/**
 * A sample of the crash matrix, for every day; crash.slow.test.ts covers all of it, and times it. Here other tests run
 * beside it, so only that it recovers counts.
 */

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Crash, crashUnderLoad, startCrashLab } from "./testing/crash.ts";
import type { Installation } from "./testing/installation.ts";

let it: Installation;

beforeAll(async () => {
  it = await startCrashLab();
});
afterAll(() => it?.stop());

// Hold in force, drained, fenced, copied, durable, caught up, asked to commit, committed, routed.
const AT = [13, 15, 17, 19, 23, 25, 26, 27, 31];

test.each(AT.map((at): Crash => ({ verb: "swap", at, when: "after" })))(
  "a swap whose engine is killed $when record $at ends in one of two states and loses nothing",
  { timeout: 90_000 },
  async (crash) => expect(await crashUnderLoad(it, crash, 20_000)).not.toBeNull(),
);
