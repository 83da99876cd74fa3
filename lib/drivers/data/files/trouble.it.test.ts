/** Following when something goes wrong: floods, open files, full disks, runs that come in between. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { StaleToken } from "#lib/engine/ports.ts";
import { APP_USER, type FilesLab, listing, startFilesLab } from "./testing.ts";

const run = promisify(execFile);
const never = new AbortController().signal;
const quiet = { onProgress() {}, signal: never };
const labs: FilesLab[] = [];
const lab = async () => {
  const made = await startFilesLab();
  labs.push(made);
  return made;
};
afterEach(async () => {
  for (const each of labs.splice(0)) await each.stop();
});

/** As the caretaker does it, until nothing is left to carry. */
async function tend(it: FilesLab, token = 1, exact = false): Promise<void> {
  await it.driver.tend?.({
    app: "any",
    token,
    feed: { from: "blue", exact, stream: false },
    clones: [],
    signal: never,
  });
}

test("more changes at once than the kernel keeps cost a look at everything, and nothing else", {
  timeout: 60_000,
}, async () => {
  const it = await lab();
  await it.asApp(it.blue, "mkdir d");
  await tend(it);
  const flood = run(
    "/bin/sh",
    [
      "-c",
      'cd "$0/d" && n=0; while [ $n -lt 6000 ]; do echo $n >> a; echo $n >> b; n=$((n+1)); done; echo end > c',
      it.path(it.blue),
    ],
    { ...APP_USER, cwd: "/" },
  );
  // Not a breath for the watcher while it goes on.
  const end = performance.now() + 1_000;
  while (performance.now() < end);
  await flood;
  await it.driver.copy(it.blue, it.green, { token: 1, ...quiet });
  expect(await it.asApp(it.green, "true").catch(() => "closed")).toBe(APP_USER ? "closed" : "");
  await it.driver.unfence(it.green, { token: 1 });
  expect(await listing(it, it.green)).toBe(await listing(it, it.blue));
});

test("a file that is open for writing behind the fence is named, and nothing commits over it", async () => {
  const it = await lab();
  await it.driver.prepare?.(it.blue, it.green, { token: 1, ...quiet });
  const writer = spawn(
    "/bin/sh",
    ["-c", 'exec 3>> "$0/open.log"; echo ready; while read line; do echo $line >&3; done', it.path(it.blue)],
    { ...APP_USER, cwd: "/" },
  );
  await once(writer.stdout, "data");
  const fence = await it.driver.fence(it.blue, { token: 1, deadlineMs: 20_000, signal: never });
  await it.driver.copy(it.blue, it.green, { token: 1, ...quiet });
  await fence.makeDurable();
  await expect(it.driver.catchUp?.(it.blue, it.green, { token: 1, signal: never })).rejects.toMatchObject({
    code: "files-open",
    message: expect.stringContaining("open.log"),
  });
  writer.stdin.write("through an open descriptor\n");
  writer.stdin.end();
  await once(writer, "exit");
  await it.driver.catchUp?.(it.blue, it.green, { token: 1, signal: never });
  expect(await listing(it, it.green)).toBe(await listing(it, it.blue));
});

test("what goes on between runs stops for a run, and never goes the old way after one", async () => {
  const it = await lab();
  await it.asApp(it.blue, "for n in $(seq 400); do echo $n > $n; done");
  const leisure = tend(it, 1);
  await it.driver.fence(it.blue, { token: 5, deadlineMs: 5_000, signal: never });
  await leisure.catch((error) => expect(error).toBeInstanceOf(StaleToken));
  await it.driver.unfence(it.green, { token: 5 });
  await expect(tend(it, 4)).rejects.toThrow(StaleToken);
});

describe.runIf(APP_USER)("on a small disk", () => {
  test("a full disk ends the copy, says so, and leaves nothing half done", { timeout: 30_000 }, async () => {
    const disk = await mkdtemp(join(tmpdir(), "signalbox-disk-"));
    const it = await lab();
    await mkdir(disk, { recursive: true });
    await run("mount", ["-t", "tmpfs", "-o", "size=2m,mode=755", "tmpfs", it.path(it.green)]);
    try {
      await run("chown", ["65534:65534", it.path(it.green)]);
      await it.asApp(it.green, "echo mine > mine");
      await it.asApp(it.blue, "for n in 1 2 3; do head -c 1000000 /dev/urandom > $n; done");
      expect(await it.driver.preflight(it.blue, it.green)).toMatchObject([
        { code: "no-room", severity: "refuse" },
      ]);
      await expect(it.driver.copy(it.blue, it.green, { token: 1, ...quiet })).rejects.toMatchObject({
        code: "disk-full",
      });
      expect(await it.driver.fenced(it.green)).toBe(false);
      const left = await readdir(it.path(it.green));
      expect(left.filter((name) => name.includes("part"))).toEqual([]);
      const sizes = await it.asApp(it.green, "stat -c %s [123]");
      await it.asApp(it.blue, "rm 1 2 && echo still > live");
      expect(await it.driver.preflight(it.blue, it.green)).toEqual([]);
      await it.driver.copy(it.blue, it.green, { token: 1, ...quiet });
      expect(new Set(sizes.trim().split("\n"))).toEqual(new Set(["1000000"]));
      expect(await listing(it, it.green)).toBe(await listing(it, it.blue));
    } finally {
      await run("umount", ["-l", it.path(it.green)]).catch(() => {});
      await rm(disk, { recursive: true });
    }
  });
});

test("folders that are made anew under the same names are followed again", async () => {
  const it = await lab();
  await it.asApp(it.blue, "echo 1 > a");
  await tend(it);
  for (const slot of [it.blue, it.green]) await rm(join(it.dir, slot.slot), { recursive: true });
  await it.driver.provision(it.blue);
  await it.driver.provision(it.green);
  await it.asApp(it.blue, "echo 2 > b");
  await tend(it);
  expect(await readdir(it.path(it.green))).toEqual(["b"]);
});

test("what an app leaves is deleted with it, and nothing that a link leads to", async () => {
  const it = await lab();
  const outside = await mkdtemp(join(tmpdir(), "signalbox-outside-"));
  await it.asApp(it.blue, 'mkdir d && echo 1 > d/a && ln -s "$1" away', outside);
  expect(await it.driver.letGo?.(it.blue, { token: 1, destroy: false })).toEqual([]);
  for (const slot of [it.blue, it.green])
    expect(await it.driver.letGo?.(slot, { token: 1, destroy: true })).toHaveLength(1);
  expect(await it.driver.letGo?.(it.blue, { token: 1, destroy: true })).toEqual([]);
  expect(await readdir(join(it.dir, "blue"))).toEqual([]);
  expect(await readdir(outside)).toEqual([]);
  await rm(outside, { recursive: true });
});
