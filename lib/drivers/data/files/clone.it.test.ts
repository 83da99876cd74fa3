/** Throw-away copies of a slot's folders. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, it } from "vitest";
import { APP_USER, type FilesLab, startFilesLab } from "./testing.ts";

const run = promisify(execFile);
const never = new AbortController().signal;
const labs: FilesLab[] = [];
afterEach(async () => {
  for (const each of labs.splice(0)) await each.stop();
});

async function lab(mode: "follow" | "shared" = "follow") {
  const started = await startFilesLab(mode);
  labs.push(started);
  return started;
}

async function asTester({ driver, green }: FilesLab, line: string): Promise<string> {
  const { UPLOADS_DIR } = await driver.env(green, "preview");
  return (await run("/bin/sh", ["-c", `cd "$0" && ${line}`, UPLOADS_DIR!], { ...APP_USER, cwd: "/" })).stdout;
}

const tend = ({ driver }: FilesLab, token: number, clones: "green"[]) =>
  driver.tend!({ app: "any", token, feed: null, clones, signal: never });

it("has what the slot has, can be written where the slot can't, and keeps that to itself", async () => {
  const files = await lab();
  const { driver, green } = files;
  await files.asApp(green, "mkdir -p deep/er && echo one > deep/er/a && echo two > b");
  const fence = await driver.fence(green, { token: 1, deadlineMs: 20_000, signal: never });
  await fence.makeDurable();
  await tend(files, 1, []);
  const report = await driver.clones!.make(green, { token: 2, signal: never });
  expect(report).toMatchObject({ bytes: 8, notes: [] });
  expect(await asTester(files, "cat deep/er/a b && echo changed > b && echo new > deep/er/c")).toBe(
    "one\ntwo\n",
  );
  expect(await files.asApp(green, "cat b && find . -type f | wc -l")).toBe("two\n2\n");
  await driver.clones!.make(green, { token: 3, signal: never });
  expect(await asTester(files, "cat b && find . -type f | wc -l")).toBe("two\n2\n");
  await expect(driver.clones!.make(green, { token: 2, signal: never })).rejects.toThrow(/token/);
});

it("leaves a folder that both slots share alone, and says so", async () => {
  const files = await lab("shared");
  await files.asApp(files.green, "echo real > a");
  const { notes } = await files.driver.clones!.make(files.green, { token: 1, signal: never });
  expect(notes).toEqual([expect.stringContaining("empty one of their own")]);
  expect(await asTester(files, "ls && echo mine > a")).toBe("");
  expect(await files.asApp(files.green, "cat a")).toBe("real\n");
});

it("is swept when nobody uses it, and so is what a crash left", async () => {
  const files = await lab();
  const at = (name: string) => join(files.dir, "green", name);
  await files.driver.clones!.make(files.green, { token: 1, signal: never });
  await mkdir(at("preview.next"));
  await tend(files, 1, ["green"]);
  expect([existsSync(at("preview")), existsSync(at("preview.next"))]).toEqual([true, false]);
  await tend(files, 1, []);
  expect(existsSync(at("preview"))).toBe(false);
});
