import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { REPOSITORY } from "#lib/config/environment.ts";
import { syncInput } from "#lib/operations/sync.ts";

const few = ["--size", "10MB", "--swaps", "2", "--rate", "40", "--writes", "20"];
const streams = syncInput.safeParse({ app: "shop", mode: "stream" }).success;

it("a small bench of switches by snapshot loses nothing, and its last line is the report", () =>
  losesNothing("snapshot"));

it.runIf(streams)("and so does one of swaps and rollbacks by stream", () => losesNothing("stream"));

async function losesNothing(mode: string): Promise<void> {
  const args = [join(REPOSITORY, "scripts", "bench.ts"), "swap", "--json", "--mode", mode, ...few];
  const { code, out, err } = await run(args);
  const report = JSON.parse(out.trim().split("\n").at(-1) ?? "");
  expect({ code, ...report }, err).toMatchObject({
    code: 0,
    flatness: null,
    sizes: [
      {
        mode,
        swaps: 2,
        stallMs: { median: expect.any(Number), p99: expect.any(Number), worst: expect.any(Number) },
        failed: 0,
        lost: 0,
        doubled: 0,
        unknown: 0,
        sidesDiffer: null,
        besideSlowRequests: { swaps: 1 },
        recipe: { stallMs: expect.any(Number), lost: 0, doubled: 0 },
        problems: [],
      },
    ],
  });
  const [size] = report.sizes;
  expect(size.bytes).toBeGreaterThanOrEqual(10 * 1024 ** 2);
  expect(size.acknowledged).toBeGreaterThan(0);
  expect(size.stallMs.median).toBeGreaterThan(0);
  expect(size.besideSlowRequests.requests).toBeGreaterThan(0);
  // Whoever asks while live is paused is turned away.
  expect(size.recipe.failed).toBeGreaterThan(0);
  const names = size.steps.map(({ name }: { name: string }) => name);
  expect([names[0], names.at(-2)]).toEqual(["hold", "release"]);
  expect(names).toContain("fence old");
}

it("refuses what it does not understand", async () => {
  for (const [args, words] of [
    [["--size", "10"], "not 10"],
    [["--swaps", "0"], "not 0"],
    [["--mode", "rsync"], "stream or snapshot"],
  ] as const) {
    const { code, err } = await run([join(REPOSITORY, "scripts", "bench.ts"), "swap", ...args]);
    expect(code).toBe(1);
    expect(err).toContain(words);
  }
});

async function run(args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    err += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, err };
}
