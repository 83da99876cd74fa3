/** What the contract does not ask of every driver: following a folder, whatever an app does in it. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import { FileStore } from "./store.ts";
import { APP_USER, type FilesLab, listing, startFilesLab } from "./testing.ts";

const _run = promisify(execFile);
const never = new AbortController().signal;
const quiet = { onProgress() {}, signal: never };
const labs: FilesLab[] = [];
const lab = async (...how: Parameters<typeof startFilesLab>) => {
  const made = await startFilesLab(...how);
  labs.push(made);
  return made;
};
afterEach(async () => {
  for (const each of labs.splice(0)) await each.stop();
});

/** As the caretaker does it, until nothing is left to carry. */
async function tend(it: FilesLab, token = 1, exact = false): Promise<void> {
  const feed = { from: "blue" as const, exact, stream: false };
  await it.driver.tend?.({ app: "any", token, feed, clones: [], signal: never });
}

async function followed(it: FilesLab): Promise<void> {
  await expect
    .poll(
      () =>
        tend(it, 1, true).then(async () => (await listing(it, it.green)) === (await listing(it, it.blue))),
      {
        timeout: 15_000,
        interval: 100,
      },
    )
    .toBe(true);
  const entries = (await listing(it, it.blue)).trim().split("\n").length;
  const table = "uploads";
  expect(await it.driver.count(it.blue, it.green)).toEqual([{ table, from: entries, to: entries }]);
}

const swapNow = async (it: FilesLab, from: SlotRef, to: SlotRef, token: number) => {
  await it.driver.prepare?.(from, to, { token, ...quiet });
  await it.driver.prepare?.(from, to, { token, again: true, ...quiet });
  await it.driver.readyFence?.(from, { token });
  const fence = await it.driver.fence(from, { token, deadlineMs: 20_000, signal: never });
  await it.driver.copy(from, to, { token, ...quiet });
  await fence.makeDurable();
  const carried = await it.driver.catchUp?.(from, to, { token, signal: never });
  await it.driver.unfence(to, { token });
  return carried;
};

test("what an app does in its folder shows in the slot that follows", async () => {
  const it = await lab();
  await it.asApp(
    it.blue,
    "mkdir -p deep/er/still && echo 1 > deep/er/still/a && mkdir empty && ln -s deep/er inside",
  );
  await tend(it);
  expect(await listing(it, it.green)).toBe(await listing(it, it.blue));
  await it.asApp(it.blue, "echo 2 >> deep/er/still/a; chmod 600 deep/er/still/a; chmod 711 empty");
  await followed(it);
  await it.asApp(
    it.blue,
    "mv deep moved && mkdir deep && echo other > deep/a && rm -r empty && ln -sfn moved inside",
  );
  await followed(it);
  // The same name for something else, at once.
  await it.asApp(
    it.blue,
    "rm -r deep && echo file > deep && rm -r moved && mkdir -p moved/new && echo n > moved/new/n",
  );
  await followed(it);
  await it.asApp(it.blue, "echo a > one && ln one two && echo b >> two");
  await followed(it);
  await it.asApp(it.blue, "echo c >> one");
  await followed(it);
}, 60_000);

test("names may be anything, and links out of the folder and pipes are left out and named", async () => {
  const it = await lab();
  await it.asApp(
    it.blue,
    `printf x > "$(printf 'new\\nline')" && printf y > "$(printf '\\377\\376')" && printf z > "-rf" && printf q > "..."`,
  );
  await it.asApp(it.blue, 'mkdir " " && printf b > " / " 2>/dev/null; printf b > " /*?"; true');
  await it.driver.copy(it.blue, it.green, { token: 1, ...quiet });
  await it.driver.unfence(it.green, { token: 1 });
  expect(await listing(it, it.green)).toBe(await listing(it, it.blue));
  await it.asApp(it.blue, "ln -s /etc/passwd secret && mkdir d && ln -s ../../x d/up && mkfifo pipe");
  const report = await it.driver.copy(it.blue, it.green, { token: 1, ...quiet });
  expect(report.notes.join("\n")).toMatch(/secret is a link that leads out[\s\S]*|d\/up/);
  expect(report.notes).toHaveLength(3);
  expect((await readdir(it.path(it.green))).includes("secret")).toBe(false);
  const found = await it.driver.preflight(it.blue, it.green);
  expect(found).toMatchObject([{ code: "files-left-out", severity: "warn" }]);
  expect(found[0]?.what).toContain("pipe");
  expect(await it.driver.count(it.blue, it.green)).toMatchObject([{ table: "uploads" }]);
  const [count] = await it.driver.count(it.blue, it.green);
  expect(count?.from).toBe(count?.to);
});

test("entries of a folder that is not watched are counted by a walk", async () => {
  const it = await lab("copy");
  await it.asApp(
    it.blue,
    "mkdir -p a/b && touch one a/two a/b/three && ln -s /etc/passwd secret && mkfifo pipe",
  );
  expect(await it.driver.count(it.blue, it.green)).toEqual([{ table: "uploads", from: 5, to: 0 }]);
});

test("a link that takes a folder's place is never followed", async () => {
  const it = await lab();
  const outside = await mkdtemp(join(tmpdir(), "signalbox-outside-"));
  await it.asApp(it.blue, "mkdir d && echo live > d/x");
  await tend(it);
  // The idle app's own doing, in what the engine is about to write to.
  await it.asApp(it.green, 'rm -r d && ln -s "$1" d', outside);
  await it.asApp(it.blue, "echo more > d/y");
  await it.driver.copy(it.blue, it.green, { token: 1, ...quiet });
  expect(await readdir(outside)).toEqual([]);
  await it.driver.unfence(it.green, { token: 1 });
  expect(await listing(it, it.green)).toBe(await listing(it, it.blue));
  await rm(outside, { recursive: true });
});

test("what testers leave stays until the slot must be like live, and goes then", async () => {
  const it = await lab();
  await it.asApp(it.blue, "echo live > a; echo same > b");
  await tend(it);
  await it.asApp(it.green, "echo mine > tester; echo changed > b; rm a");
  await it.asApp(it.blue, "echo more > c");
  await expect
    .poll(() => tend(it).then(() => readdir(it.path(it.green))), { timeout: 10_000 })
    .toContain("c");
  expect((await readdir(it.path(it.green))).sort()).toEqual(["b", "c", "tester"]);
  await it.driver.copy(it.blue, it.green, { token: 1, ...quiet });
  await it.driver.unfence(it.green, { token: 1 });
  expect(await listing(it, it.green)).toBe(await listing(it, it.blue));
});

test("the old slot is fed by the new one, may be read meanwhile, and going back loses nothing", async () => {
  const it = await lab();
  await it.asApp(
    it.blue,
    "echo 1 > a && mkdir d && echo 2 > d/b && chmod 664 d/b && echo 0 > ro && chmod 444 ro",
  );
  await swapNow(it, it.blue, it.green, 2);
  await it.asApp(it.green, "echo 3 > c && rm a && echo 4 >> d/b");
  const back = {
    app: "any",
    token: 2,
    feed: { from: "green" as const, exact: true, stream: false },
    clones: [],
    signal: never,
  };
  await expect
    .poll(
      async () => {
        await it.driver.tend?.(back);
        return (await readdir(it.path(it.blue))).sort().join();
      },
      { timeout: 10_000 },
    )
    .toBe("c,d,ro");
  // Resting: to be read, not to be written.
  expect(await it.asApp(it.blue, "cat d/b c")).toBe("2\n4\n3\n");
  for (const act of ["echo x >> d/b", "echo x > new", "rm c", "mv c e", "mkdir f"])
    await expect(it.asApp(it.blue, act), act).rejects.toThrow();
  expect(await it.driver.fenced(it.blue)).toBe(true);
  await it.asApp(it.green, "echo late > late");
  await swapNow(it, it.green, it.blue, 3);
  // `finish`, and the slot is as it was before it was closed.
  await it.driver.tend?.({ app: "any", token: 3, feed: null, clones: [], signal: never });
  await it.driver.unfence(it.green, { token: 3 });
  expect(await listing(it, it.blue)).toBe(await listing(it, it.green));
  await it.asApp(it.blue, "echo x >> d/b && echo new > new && rm ro");
  expect(await it.asApp(it.green, "stat -c %a d/b ro && echo y >> d/b")).toBe("664\n444\n");
}, 30_000);

test("folders that testers make, move and fill are put right with the rest", async () => {
  const it = await lab();
  await it.asApp(it.blue, "mkdir -p a/b && echo 1 > a/b/c");
  await tend(it);
  await it.asApp(it.blue, "mkdir later && echo 1 > later/x");
  await expect
    .poll(() => tend(it).then(() => readdir(it.path(it.green))), { timeout: 10_000 })
    .toContain("later");
  await it.asApp(it.green, "mv a moved; mkdir a; echo mine > a/mine; echo 2 > later/x; echo 3 > later/y");
  await tend(it);
  await it.asApp(it.green, "echo more >> later/x; echo 4 > a/mine2; rm -r moved");
  await it.driver.copy(it.blue, it.green, { token: 1, ...quiet });
  await it.driver.unfence(it.green, { token: 1 });
  expect(await listing(it, it.green)).toBe(await listing(it, it.blue));
});

test("a next engine finds by looking what changed while nobody watched", async () => {
  const it = await lab();
  await it.asApp(it.blue, "mkdir d; for n in 1 2 3 4 5; do echo $n > d/$n; done");
  await tend(it);
  await it.store.of(it.blue.app).take(async () => it.store.of(it.blue.app).close());
  await it.asApp(
    it.blue,
    "echo 11 > d/1; rm d/2; mv d/3 three; touch -r d/4 ref; echo 5 | tr 5 6 > d/4; touch -r ref d/4; rm ref",
  );
  await writeFile(join(it.path(it.green), ".signalbox-1-1.part"), "half");
  await it.driver.copy(it.blue, it.green, { token: 1, ...quiet });
  await it.driver.unfence(it.green, { token: 1 });
  expect(await listing(it, it.green)).toBe(await listing(it, it.blue));
  expect(await readdir(it.path(it.green))).toEqual(["d", "three"]);
});

test("one folder for both is neither copied nor counted, and the old slot can't reach it once it is closed", async () => {
  const it = await lab("shared");
  await it.asApp(it.blue, "echo 1 > a");
  expect(await it.asApp(it.green, "cat a")).toBe("1\n");
  await swapNow(it, it.blue, it.green, 1);
  expect(await it.driver.fenced(it.blue)).toBe(true);
  await it.asApp(it.green, "echo 2 >> a");
  if (APP_USER) await expect(it.asApp(it.blue, "echo 3 >> a")).rejects.toThrow();
  await it.driver.unfence(it.blue, { token: 1 });
  expect(await it.asApp(it.blue, "cat a")).toBe("1\n2\n");
});

test("two stores of one machine don't know each other", async () => {
  const store = new FileStore();
  const [one, two] = [await lab("follow", { store }), await lab("follow", { store })];
  await one.asApp(one.blue, "echo 1 > a");
  await tend(one);
  expect(await readdir(two.path(two.green))).toEqual([]);
});
