import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { REPOSITORY } from "#lib/config/environment.ts";

test("a quick run ends within its time, with nothing failed, and its last line is the report", async () => {
  const began = performance.now();
  const args = [join(REPOSITORY, "scripts", "bench.ts"), "gateway", "--quick", "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 300_000 });
  const report = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  expect(report).toMatchObject({
    connections: { "1": { gateway: expect.any(Number) }, "64": { gateway: expect.any(Number) } },
    lockTo503Ms: expect.any(Number),
    unlockTo200Ms: expect.any(Number),
    held: { rssMb: expect.any(Number), errors: 0 },
    errors: { "64": { gateway: 0, gatewayAllCores: 0 } },
  });
  for (const key of ["ratioToNginx", "ratioToCaddy", "latencyRatioToNginx"])
    expect(report).toHaveProperty(key);
  // Fewer where the machine allows fewer open files; the report says how many.
  expect(report.held.count).toBeGreaterThan(0);
  // 90 s on a quiet machine.
  expect(performance.now() - began).toBeLessThan(240_000);
});
