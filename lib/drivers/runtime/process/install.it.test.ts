import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { APP, appFolder, installed } from "../contract/harness.ts";
import { benchWithDriver, releases } from "./testing.ts";

const bench = benchWithDriver();

test("what a killed engine left of an install or a build is cleared at the next start", async () => {
  await installed(bench.driver, "r1");
  const half = join(bench.home.root, "apps", APP, "releases", ".unfinished-r2-0000");
  await mkdir(half);
  const build = spawn("sleep", ["1000"], { env: { SIGNALBOX_PROCESS: half } as never, stdio: "ignore" });
  const gone = once(build, "exit");
  await bench.next();
  await gone;
  expect(await releases(bench.home, APP)).toEqual(["r1"]);
});

test("links that lead out of the folder are refused, others are kept", async () => {
  const path = await appFolder();
  const install = (releaseId: string) =>
    bench.driver.install({
      app: APP,
      releaseId,
      source: { kind: "folder", path },
      onLog: () => {},
      signal: new AbortController().signal,
    });
  await symlink("web.ts", join(path, "inside"));
  const { dir } = await install("r1");
  expect(await readFile(join(dir, "inside"), "utf8")).toContain("createServer");
  await symlink("/etc/passwd", join(path, "outside"));
  await expect(install("r2")).rejects.toMatchObject({ code: "link-leads-out" });
  await rm(join(path, "outside"));
  // Its text stays in the folder; the link on its way does not.
  await mkdir(join(path, "deep"));
  await symlink(".", join(path, "deep", "here"));
  await symlink("here/../..", join(path, "deep", "bent"));
  await expect(install("r2")).rejects.toMatchObject({ code: "link-leads-out" });
  expect(await releases(bench.home, APP)).toEqual(["r1"]);
  await rm(path, { recursive: true });
});

test("packages are copied with a folder that has no build, and left out of one that has", async () => {
  const path = await appFolder();
  await mkdir(join(path, "node_modules", "thing"), { recursive: true });
  await writeFile(join(path, "node_modules", "thing", "index.js"), "");
  await mkdir(join(path, ".git"));
  const source = { kind: "folder" as const, path };
  const request = { app: APP, source, onLog: () => {}, signal: new AbortController().signal };
  const ready = await bench.driver.install({ ...request, releaseId: "ready" });
  expect(await readdir(ready.dir)).toContain("node_modules");
  await appendFile(join(path, "signalbox.yaml"), "build: 'true'\n");
  const built = await bench.driver.install({ ...request, releaseId: "built" });
  expect((await readdir(built.dir)).sort()).toEqual(["signalbox.yaml", "web.ts", "worker.ts"]);
  await rm(path, { recursive: true });
});

test("what is ignored stays behind, and what differs from the last release is counted", async () => {
  const path = await appFolder({ ".signalboxignore": "*.log\n", "a.log": "mine" });
  const lines: string[] = [];
  const signal = new AbortController().signal;
  const install = (releaseId: string, previous?: string) =>
    bench.driver.install({
      app: APP,
      releaseId,
      source: { kind: "folder", path },
      previous,
      onLog: (line) => void lines.push(line),
      signal,
    });
  const first = await install("r1");
  expect(await readdir(first.dir)).not.toContain("a.log");
  expect(first.bytes).toBeGreaterThan(1000);
  await writeFile(join(path, "new.js"), "new");
  await install("r2", first.dir);
  expect(lines[0]).toMatch(/^copied 4 files, \d+ kB$/);
  expect(lines[1]).toMatch(/^copied 5 files, .*; new or changed: 1 files, 1 kB$/);
  await rm(path, { recursive: true });
});

test("without the room that must stay free nothing is copied", async () => {
  const path = await appFolder();
  const request = { app: APP, source: { kind: "folder" as const, path }, onLog: () => {} };
  const signal = new AbortController().signal;
  const attempt = bench.driver.install({ ...request, releaseId: "r1", minFreeBytes: 1e18, signal });
  await expect(attempt).rejects.toMatchObject({ code: "disk-full" });
  expect(await releases(bench.home, APP)).toEqual([]);
  await rm(path, { recursive: true });
});

test("an app's name or a release's id can't lead out of the home", async () => {
  const source = { kind: "folder" as const, path: "/tmp" };
  const request = { source, onLog: () => {}, signal: new AbortController().signal };
  await expect(bench.driver.install({ ...request, app: "../x", releaseId: "r1" })).rejects.toThrow(
    "no name for an app",
  );
  await expect(bench.driver.uninstall(APP, "../../x")).rejects.toMatchObject({ code: "bad-name" });
});
