import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("secrets do not get into a log line, and standard output stays free", async () => {
  const program = `
    import { createLog } from "./lib/observability/log.ts";
    const log = createLog("test", "info");
    log.info({ password: "hunter2", request: { authorization: "Bearer hunter2", headers: { cookie: "hunter2" } } }, "hello");
  `;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    "--input-type=module",
    "-e",
    program,
  ]);
  expect(stdout).toBe("");
  const line = JSON.parse(stderr);
  expect(line).toMatchObject({ level: "info", name: "test", msg: "hello", password: "(secret)" });
  expect(stderr).not.toContain("hunter2");
});
