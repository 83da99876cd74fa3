import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REPOSITORY } from "#lib/config/environment.ts";
import { newKey, writeKeyRing } from "#lib/config/seal.ts";
import { type ApiSite, startApiSite } from "#lib/http/testing/api-site.ts";
import { endRun, seedApp } from "#lib/operations/testing/site.ts";
import { STATES } from "#lib/operations/testing/verb-states.ts";
import { Uploads } from "#lib/uploads/upload.ts";

let it: ApiSite;
let token: string;
let folder: string;

beforeAll(async () => {
  it = await startApiSite();
  const { id, key } = newKey();
  await writeKeyRing(it.site.home, { current: id, keys: { [id]: key } });
  token = await it.token("operator");
  folder = await mkdtemp(join(tmpdir(), "signalbox-cli-"));
});
afterAll(async () => {
  await it?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function signalbox(args: string[], input = "") {
  const child = spawn(process.execPath, [join(REPOSITORY, "cli/signalbox.js"), ...args], {
    env: {
      PATH: process.env.PATH,
      SIGNALBOX_URL: it.api.url,
      SIGNALBOX_TOKEN: token,
    } as unknown as NodeJS.ProcessEnv,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(input);
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

const seeded = () => seedApp(it.db.store, STATES["Blue live, next release in green"]!);
const lastSource = async (app: string) => {
  const run = await it.db.store.run.findFirstOrThrow({
    where: { app: { name: app } },
    orderBy: { requestedAt: "desc" },
  });
  await endRun(it.db.store, run.id, "failed");
  return (run.input as { source: { kind: string; id: string } }).source;
};

test("a folder goes up once, and later only what changed", async () => {
  const app = await seeded();
  const manifest = (build: string) =>
    `name: ${app}\nversion: 1.0.0\nprocesses: { web: node server.js }\n${build}`;
  await mkdir(join(folder, "node_modules", "x"), { recursive: true });
  await writeFile(join(folder, "node_modules", "x", "index.js"), "");
  await writeFile(join(folder, "signalbox.yaml"), manifest("build: npm ci\n"));
  await writeFile(join(folder, "server.js"), "1");
  await writeFile(join(folder, "big"), Buffer.alloc(5_000_000, "b"));
  await writeFile(join(folder, "notes.log"), "mine");
  await writeFile(join(folder, ".gitignore"), "*.log\n");
  const deploy = () => signalbox(["deploy", folder, "--app", app, "--no-wait"]);
  const first = await deploy();
  expect(first.stderr).toContain("sent 4 of 4 files, 5.00 MB of 5.00 MB");
  expect(first.code).toBe(0);
  const { id } = await lastSource(app);
  expect(await new Uploads(it.site.home, app).status(id)).toMatchObject({ state: "ready", files: 4 });
  await writeFile(join(folder, "server.js"), "2");
  expect((await deploy()).stderr).toContain("sent 1 of 4 files, 0.00 MB of 5.00 MB");
  expect(await lastSource(app)).toMatchObject({ kind: "upload" });
});

test.each([
  ["a folder without a manifest", {}, "no signalbox.yaml"],
  ["a manifest with an unknown key", { "signalbox.yaml": "name: a\nversion: 1\nsurprise: 1\n" }, "surprise"],
  [
    "a name that can't be",
    { "signalbox.yaml": "name: a\nversion: '1'\nprocesses: { web: x }\n", "a\\b": "" },
    "backslash",
  ],
])("%s is refused before anything travels", async (_, files, why) => {
  const own = await mkdtemp(join(tmpdir(), "signalbox-cli-"));
  for (const [name, contents] of Object.entries(files)) await writeFile(join(own, name), contents);
  const { code, stderr } = await signalbox(["deploy", own, "--app", await seeded()]);
  expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
  await rm(own, { recursive: true });
});

test("repositories, old releases and folders over there are asked for as they are named", async () => {
  const app = await seeded();
  const asked = async (...args: string[]) => {
    const { code, stderr } = await signalbox(["deploy", ...args, "--app", app, "--no-wait"]);
    expect([code, stderr]).toEqual([0, ""]);
    return lastSource(app);
  };
  const git = { kind: "git", url: "https://example.com/shop.git", ref: "v1" };
  expect(await asked("--git", git.url, "--ref", git.ref)).toEqual(git);
  expect(await asked("--from", "/srv/shop")).toEqual({ kind: "folder", path: "/srv/shop" });
  const { stdout } = await signalbox(["releases", "--json", "--app", app]);
  const release = JSON.parse(stdout.split("\n")[0]!) as { id: string };
  expect(await asked("--release", release.id)).toEqual({ kind: "release", id: release.id });
  expect((await signalbox(["deploy", "--git", git.url, "--app", app])).code).toBe(2);
  expect((await signalbox(["deploy", ".", "--from", "/srv", "--app", app])).code).toBe(2);
  expect((await signalbox(["releases", "--app", app])).stdout).toContain("1.0.0");
});

test("a credential comes from standard input and is never printed", async () => {
  const app = await seeded();
  const added = await signalbox(["credential", "add", "github", "--app", app], "a-secret-token\n");
  expect(added).toEqual({ code: 0, stdout: "github: added\n", stderr: "" });
  const listed = await signalbox(["credential", "list", "--json", "--app", app]);
  expect(JSON.parse(listed.stdout)).toMatchObject({ name: "github", kind: "token" });
  expect(listed.stdout).not.toContain("a-secret-token");
  expect((await signalbox(["credential", "remove", "github", "--app", app])).code).toBe(0);
});
