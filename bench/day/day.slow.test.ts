import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { REPOSITORY } from "#lib/config/environment.ts";

it("a day under load goes right, and its last line is the report", async () => {
  const demo = join(REPOSITORY, "scripts", "demo.ts");
  const child = spawn(process.execPath, [demo, "--headless", "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const code = await new Promise((resolve) => child.once("close", resolve));
  const report = JSON.parse(out().trim().split("\n").at(-1) ?? "");
  expect({ code, ...report }, err()).toMatchObject({
    code: 0,
    ok: true,
    requests: { failed: 0 },
    writes: { unknown: 0, lost: 0, doubled: 0 },
    maintenance: { status: 503 },
    crash: { killed: "engine" },
  });
  expect(report.swaps.length).toBeGreaterThanOrEqual(2);
  expect(report.requests.held).toBeGreaterThan(0);
  expect(report.rollback).toMatchObject({ announcedLoss: 0, actualLoss: 0 });
});

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: string[] = [];
  stream.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  return () => chunks.join("");
}
