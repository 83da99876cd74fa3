/** Releases from everywhere, by a real engine: what is kept, what is refused, and that a failure leaves nothing. */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { homePaths } from "#lib/config/home.ts";
import { cancelRun } from "#lib/operations/cancel-run.ts";
import { type DeploySource, deploy } from "#lib/operations/deploy.ts";
import { init } from "#lib/operations/init.ts";
import { publish } from "#lib/operations/publish.ts";
import { listReleases } from "#lib/operations/read/releases.ts";
import { removeRelease } from "#lib/operations/remove-release.ts";
import { upload } from "#lib/uploads/testing.ts";
import { Uploads } from "#lib/uploads/upload.ts";
import { type Installation, startInstallation, succeeded, until } from "./testing/installation.ts";

const run = promisify(execFile);
const app = "tiny";
let it: Installation;
let dir: string;

beforeAll(async () => {
  it = await startInstallation();
  await it.startGateway();
  it.startEngine();
  dir = await mkdtemp(join(tmpdir(), "signalbox-releases-"));
  await chmod(dir, 0o755);
  await make(app);
});
afterAll(async () => {
  await it?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function make(name: string, settings: object = {}): Promise<void> {
  const domains = { publicDomains: [`${name}.localhost`], stagingDomains: [`staging.${name}.localhost`] };
  await succeeded(it, await init(it.context, { name, ...domains, stagingAccess: "open" }));
  await it.store.app.update({
    where: { name },
    data: { settings: { keepReleases: 3, healthTimeoutMs: 3_000, ...settings } },
  });
}

const SERVER = `const { createServer } = require("node:http");
createServer((_, answer) => answer.end(process.env.RELEASE)).listen(process.env.PORT, "127.0.0.1");
`;

const files = (version: string, beyond: Record<string, string> = {}, name = app): Record<string, string> => ({
  "signalbox.yaml": `name: ${name}\nversion: ${version}\nprocesses: { web: node server.cjs }\n`,
  "server.cjs": SERVER,
  ...beyond,
});

async function folderOf(contents: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(dir, "app-"));
  for (const [path, text] of Object.entries(contents)) await writeFile(join(folder, path), text);
  return folder;
}

const put = (source: DeploySource, name = app) => deploy(it.context, { app: name, source });
const fromFolder = async (contents: Record<string, string>, name = app) =>
  put({ kind: "folder", path: await folderOf(contents) }, name);
const serving = async (host = `staging.${app}.localhost`) => (await it.ask(host, "/")).body;
const onDisk = async (name = app) => (await readdir(join(homePaths(it.home).apps, name, "releases"))).sort();
const listed = async () => listReleases(it.context, app);
const fetching = async () =>
  (await readdir(join(homePaths(it.home).uploads, app))).filter((each) => each.startsWith("."));

test("an upload, a repository and a folder are deployed, and what they came from is recorded", async () => {
  const first = await upload(new Uploads(it.home, app), files("1.0.0"));
  await succeeded(it, await put({ kind: "upload", id: first.id }));
  expect(await serving()).toBe("1.0.0");

  const repository = await folderOf(files("1.1.0"));
  const git = (...args: string[]) =>
    run("git", ["-C", repository, "-c", "user.name=A", "-c", "user.email=a@b", ...args]);
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "Second");
  const { stdout } = await git("rev-parse", "HEAD");
  await succeeded(it, await put({ kind: "git", url: `file://${repository}`, ref: "main" }));
  expect(await serving()).toBe("1.1.0");

  await succeeded(it, await fromFolder(files("1.2.0")));
  expect(await serving()).toBe("1.2.0");
  expect(await listed()).toMatchObject([
    { version: "1.2.0", source: { kind: "folder" }, slots: ["blue"], bytes: expect.any(Number) },
    { version: "1.1.0", source: { kind: "git", ref: "main", commit: stdout.trim() }, slots: [] },
    { version: "1.0.0", source: { kind: "upload" }, slots: [], createdBy: "the test" },
  ]);
  expect(await fetching()).toEqual([]);
});

test("an old release is put back without copying or building, and stays what it was", async () => {
  const old = (await listed()).find(({ version }) => version === "1.0.0")!;
  const receipt = await succeeded(it, await put({ kind: "release", id: old.id }));
  expect(receipt).toMatchObject({ fromVersion: "1.2.0", toVersion: "1.0.0" });
  expect(await serving()).toBe("1.0.0");
  expect(await listed()).toHaveLength(3);
  expect((await listed()).find(({ id }) => id === old.id)?.slots).toEqual(["blue"]);
});

test("a version that is there already is another release, and that is said", async () => {
  const receipt = await succeeded(it, await fromFolder(files("1.2.0", { "new.txt": "new" })));
  expect(receipt.notes).toEqual(["There is another release named 1.2.0 already."]);
});

test("old releases go, oldest first, and never the one that a slot has or had just before", async () => {
  // Three are kept; 1.0.0 was in the slot when the last one came.
  expect((await listed()).map(({ version }) => version)).toEqual(["1.2.0", "1.2.0", "1.0.0"]);
  expect(await onDisk()).toEqual((await listed()).map(({ id }) => id).sort());
  await succeeded(it, await fromFolder(files("1.3.0")));
  expect((await listed()).map(({ version }) => version)).toEqual(["1.3.0", "1.2.0", "1.2.0"]);
});

test("one that is removed by hand loses its files too", async () => {
  const old = (await listed()).at(-1)!;
  await removeRelease(it.context, app, old.id);
  await until(async () => !(await onDisk()).includes(old.id), "the files are gone");
  const inSlot = (await listed())[0]!;
  await expect(removeRelease(it.context, app, inSlot.id)).rejects.toMatchObject({ code: "refused" });
});

describe("what can't be deployed leaves the slot as it is and nothing behind", () => {
  const manifest = (text: string) => ({ ...files("2.0.0"), "signalbox.yaml": text });
  test.each<[string, Record<string, string>, RegExp]>([
    ["no manifest", { "server.cjs": SERVER }, /no signalbox\.yaml/],
    ["a manifest that is no YAML", manifest("name: [tiny\nversion"), /not valid YAML at line/],
    [
      "a manifest with an unknown key",
      manifest(`${files("2.0.0")["signalbox.yaml"]}surprise: 1\n`),
      /surprise/,
    ],
    ["a manifest of another app", files("2.0.0", {}, "other"), /of the app other/],
    [
      "a command that exits at once",
      manifest(files("2.0.0")["signalbox.yaml"]!.replace("server.cjs", "-e 'process.exit(3)'")),
      /exit|died|ended/i,
    ],
    [
      "a port that is never opened",
      files("2.0.0", { "server.cjs": "setInterval(() => {}, 1000)" }),
      /health|answer|listen/i,
    ],
    [
      "a build that fails",
      manifest(`${files("2.0.0")["signalbox.yaml"]}build: echo no compiler; exit 7\n`),
      /exit code 7/,
    ],
  ])("%s", async (_, contents, why) => {
    const before = [await serving(), await onDisk(), await listed()];
    const ended = await it.ended(await fromFolder(contents));
    expect(ended.status).not.toBe("succeeded");
    expect(ended.error).toMatch(why);
    await until(async () => (await serving()) === before[0], "the slot serves as before");
    expect([await serving(), await onDisk(), await listed()]).toEqual(before);
  });

  test("a repository that is not there", async () => {
    const before = await onDisk();
    const ended = await it.ended(await put({ kind: "git", url: `file://${dir}/nowhere`, ref: "main" }));
    expect(ended).toMatchObject({
      status: "failed",
      error: expect.stringMatching(/no such repository|can't be reached/),
    });
    expect([await onDisk(), await fetching()]).toEqual([before, []]);
  });

  test("a build that is cancelled while its lines come in", async () => {
    const before = await onDisk();
    const build = "echo begun by $$; sleep 1000 & sleep 1000";
    const asked = await fromFolder(
      manifest(`${files("2.0.0")["signalbox.yaml"]}build: ${JSON.stringify(build)}\n`),
    );
    const lines = async () =>
      (await it.store.runEvent.findMany({ where: { runId: asked.run.id, type: "log" } })).map(
        ({ data }) => (data as { line: string }).line,
      );
    await until(
      async () => (await lines()).some((line) => line.startsWith("begun by")),
      "the build says something",
    );
    const shell = (await lines())
      .find((line) => line.startsWith("begun by"))!
      .split(" ")
      .at(-1);
    await cancelRun(it.context, { run: asked.run.id });
    expect(await it.ended(asked)).toMatchObject({ status: "aborted" });
    expect([await onDisk(), await fetching()]).toEqual([before, []]);
    await expect(readdir(`/proc/${shell}`)).rejects.toThrow();
  });
});

const mountable = await canMount();

describe("a disk that is full", () => {
  // Only who may mount can have a small disk.
  test.skipIf(!mountable)(
    "a copy or a build that fills it fails, nothing is left, live serves on",
    async () => {
      const name = "full";
      const place = join(homePaths(it.home).apps, name);
      await mkdir(place, { recursive: true });
      await run("mount", ["-t", "tmpfs", "-o", "size=4m,mode=0755", "tmpfs", place]);
      try {
        await make(name, { minFreeBytes: 0 });
        await succeeded(it, await fromFolder(files("1.0.0", {}, name), name));
        await succeeded(
          it,
          await publish(it.context, { app: name, domain: `${name}.localhost`, slot: "blue" }),
        );
        const before = await onDisk(name);
        const large = files("2.0.0", { big: "x".repeat(6_000_000) }, name);
        const build = `build: head -c 9000000 /dev/zero > big\n`;
        const fills = files("2.1.0", {}, name);
        fills["signalbox.yaml"] += build;
        for (const contents of [large, fills]) {
          const ended = await it.ended(await fromFolder(contents, name));
          expect(ended).toMatchObject({
            status: "failed",
            error: expect.stringMatching(/no room for the release/),
          });
          expect(await onDisk(name)).toEqual(before);
          expect(await serving(`${name}.localhost`)).toBe("1.0.0");
        }
        await it.store.app.update({ where: { name }, data: { settings: { minFreeBytes: 1e12 } } });
        const refused = await it.ended(await fromFolder(files("3.0.0", {}, name), name));
        expect(refused.error).toMatch(/have to stay free/);
        expect(await serving(`${name}.localhost`)).toBe("1.0.0");
      } finally {
        await run("umount", ["--lazy", place]).catch(() => {});
      }
    },
  );
});

async function canMount(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const folder = await mkdtemp(join(tmpdir(), "signalbox-mount-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
    await run("umount", [folder]);
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
