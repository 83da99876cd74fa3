import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWhole, writeWhole } from "./atomic-file.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "signalbox-atomic-"));
});
afterEach(() => rm(dir, { recursive: true }));

test("of many who create a file one does, and its content is whole", async () => {
  const file = join(dir, "a");
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, i) => createWhole(file, `${i}`.repeat(1_000))),
  );
  expect(made.filter(Boolean)).toHaveLength(1);
  const content = await readFile(file, "utf8");
  expect(content).toBe(`${made.indexOf(true)}`.repeat(1_000));
  expect(await readdir(dir)).toEqual(["a"]);
});

test("a file is replaced with its mode, and nothing is left beside it", async () => {
  const file = join(dir, "a");
  await writeWhole(file, "one");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await Promise.all([writeWhole(file, "two", 0o644), writeWhole(file, "two", 0o644)]);
  expect((await stat(file)).mode & 0o777).toBe(0o644);
  expect(await readFile(file, "utf8")).toBe("two");
  expect(await readdir(dir)).toEqual(["a"]);
  await expect(writeWhole(join(dir, "none", "a"), "x")).rejects.toThrow("ENOENT");
});
