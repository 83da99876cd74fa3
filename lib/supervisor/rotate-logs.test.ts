import { appendFile, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rotate } from "./rotate-logs.ts";

test("a log that grew too long is set aside, and its writer goes on in the same file", async () => {
  const dir = await mkdtemp(join(tmpdir(), "signalbox-logs-"));
  const file = join(dir, "engine.log");
  const writer = await open(file, "a");
  await writer.write("old\n".repeat(100));
  await appendFile(join(dir, "web.log"), "short\n");
  await rotate(dir, 100);
  await writer.write("new\n");
  await writer.close();
  expect(await readFile(file, "utf8")).toBe("new\n");
  expect(await readFile(`${file}.1`, "utf8")).toBe("old\n".repeat(100));
  expect(await readFile(join(dir, "web.log"), "utf8")).toBe("short\n");
  await rm(dir, { recursive: true });
});
