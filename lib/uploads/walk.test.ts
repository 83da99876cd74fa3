import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { alwaysSkipped, ignoreFilesFor } from "./ignore.ts";
import { walkFiles } from "./walk.ts";

let dir = "";
afterEach(() => rm(dir, { recursive: true, force: true }));

async function found(files: Record<string, string>, hasBuild: boolean): Promise<string[]> {
  dir = await mkdtemp(join(tmpdir(), "signalbox-walk-"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  await symlink("a.js", join(dir, "link"));
  const paths: string[] = [];
  const options = { ignoreFiles: ignoreFilesFor(hasBuild), skip: alwaysSkipped(hasBuild) };
  for await (const { path } of walkFiles(dir, options)) paths.push(path);
  return paths;
}

const FILES = {
  "a.js": "",
  "dist/out.js": "",
  "logs/a.log": "",
  "node_modules/x/index.js": "",
  ".git/config": "",
  "sub/keep.log": "",
};

test("with a build, .gitignore counts and packages stay behind", async () => {
  const files = { ...FILES, ".gitignore": "dist/\n*.log\n", "sub/.gitignore": "!keep.log\n" };
  expect(await found(files, true)).toEqual([".gitignore", "a.js", "link", "sub/.gitignore", "sub/keep.log"]);
});

test("without a build what is there is what runs: .gitignore does not count, .git never comes along", async () => {
  const files = {
    "a.js": "",
    "dist/out.js": "",
    "node_modules/x/index.js": "",
    ".git/config": "",
    ".gitignore": "dist\n",
  };
  expect(await found(files, false)).toEqual([
    ".gitignore",
    "a.js",
    "dist/out.js",
    "link",
    "node_modules/x/index.js",
  ]);
});

test(".signalboxignore goes before .gitignore", async () => {
  const files = { ...FILES, ".gitignore": "a.js\n", ".signalboxignore": "/logs\nsub\n.*ignore\nlink\n" };
  expect(await found(files, true)).toEqual(["a.js", "dist/out.js"]);
});
