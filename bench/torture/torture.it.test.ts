/**
 * The short form: a few switches, each with a blow. It asserts what must hold on any machine, not how long it took;
 * `npm run torture -- --swaps 100 --kill` covers the matrix and holds the clock to it.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "#lib/config/environment.ts";
import { DEFAULT_MODE } from "./mode.ts";
import { runTorture } from "./run.ts";

/** `npm test` builds the dashboard first; without it there is no web process to strike. */
const built = existsSync(join(REPOSITORY, ".next", "BUILD_ID"));

test.runIf(built)(
  "nothing is lost, doubled or left by a few switches in which somebody dies",
  { timeout: 400_000 },
  async () => {
    const said: string[] = [];
    const report = await runTorture({
      ...{ swaps: 3, kill: true, quick: true, seed: "short", mode: DEFAULT_MODE, timed: false },
      rates: { readsPerSecond: 20, writesPerSecond: 20 },
      enough: new AbortController().signal,
      signal: new AbortController().signal,
      say: (line) => said.push(line),
    });
    expect(report, said.join("\n")).toMatchObject({
      ...{ lost: 0, doubled: 0, unexplained: 0, twoWriters: 0, leftovers: [], wrong: [], ok: true },
    });
    expect(report.swaps).toBeGreaterThanOrEqual(3);
    expect(report.kills).toBeGreaterThan(0);
    expect(report.acknowledged).toBeGreaterThan(0);
    expect(report.acknowledgedDirectly).toBeGreaterThan(0);
  },
);
