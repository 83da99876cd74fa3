import { appendFile, chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Source } from "#lib/engine/source.ts";
import { describeSource, quiet, SOURCE_APP } from "./contract.ts";
import type { SourceSecret } from "./git/access.ts";
import { createSources } from "./sources.ts";
import {
  type GitServer,
  makeRepository,
  type SourceBench,
  serveGit,
  sourceBench,
  standInSsh,
  type TestRepository,
} from "./testing.ts";

const TOKEN = "very-secret-token";
let bench: SourceBench;
let repository: TestRepository;
let server: GitServer;
let first: string;
const secrets: Record<string, SourceSecret> = {
  token: { kind: "token", secret: TOKEN },
  wrong: { kind: "token", secret: "another-one" },
  key: {
    kind: "ssh-key",
    secret: "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----",
  },
};

beforeAll(async () => {
  bench = await sourceBench();
  repository = await makeRepository(join(bench.dir, "repositories", "shop"));
  first = await repository.commit("The first");
  await repository.git("tag", "--annotate", "--message", "one", "v1.0.0");
  await writeFile(join(repository.folder, "server.js"), "console.log(2)\n");
  await repository.commit("The second");
  server = await serveGit(join(bench.dir, "repositories"), { token: TOKEN });
});
afterAll(async () => {
  await server?.close();
  await bench?.remove();
});

const sources = () =>
  createSources({ home: bench.home, credential: async (_app, name) => secrets[name] ?? null });
const source = (beyond: object = {}): Source => ({
  kind: "git",
  url: server.url("shop"),
  ref: "main",
  credential: "token",
  ...beyond,
});
const fetched = (beyond: object = {}, options = quiet()) =>
  sources().fetch(SOURCE_APP, source(beyond), options);

describeSource({
  sources,
  good: async () => source(),
  missing: async () => source({ url: server.url("nothing-here") }),
  secret: TOKEN,
  left: () => bench.left(),
});

test.each([
  ["a branch", () => "main", "console.log(2)\n"],
  ["a tag", () => "v1.0.0", "console.log(1)\n"],
  ["a commit", () => first, "console.log(1)\n"],
])("%s can be deployed, and its commit is recorded", async (_, ref, text) => {
  const found = await fetched({ ref: ref() });
  expect(await readFile(join(found.folder, "server.js"), "utf8")).toBe(text);
  expect(found.origin).toMatchObject({
    ref: ref(),
    commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    author: "Anna",
  });
  if (text.includes("1")) expect(found.origin.commit).toBe(first);
  await found.dispose();
});

test("the token is sent to its server and is nowhere else", async () => {
  server.requests.length = 0;
  const found = await fetched();
  expect(server.requests.every(({ authorization }) => authorization?.startsWith("Basic "))).toBe(true);
  const config = await readFile(join(found.folder, ".git", "config"), "utf8");
  expect(config).not.toMatch(/secret|Basic|extraHeader/i);
  await found.dispose();
});

test("a server that sends elsewhere does not get the token there", async () => {
  const thief = await serveGit(join(bench.dir, "repositories"));
  const moved = await serveGit(bench.dir, { moved: thief.url("").slice(0, -6) });
  await expect(fetched({ url: moved.url("shop") })).rejects.toMatchObject({ name: "Refusal" });
  expect(thief.requests).toEqual([]);
  await moved.close();
  await thief.close();
});

test.each([
  ["no credential", { credential: undefined }, "access-denied"],
  ["a wrong credential", { credential: "wrong" }, "access-denied"],
  ["an ssh key for https", { credential: "key" }, "credential-does-not-fit"],
  ["a credential that is not there", { credential: "nobody" }, "credential-missing"],
  ["a ref that is not there", { ref: "nothing" }, "ref-missing"],
  ["a commit that is not there", { ref: "0123456789012345678901234567890123456789" }, "ref-missing"],
  ["a folder that is not there", { path: "apps/none" }, "folder-missing"],
])("%s is refused and leaves nothing", async (_, beyond, code) => {
  const error = await fetched(beyond).catch((caught) => caught);
  expect(error).toMatchObject({ name: "Refusal", code });
  expect(JSON.stringify([error.message, error.remedy])).not.toContain(TOKEN);
  expect(await bench.left()).toEqual([]);
});

test("a folder of the repository can be the app; a link in its place leads nowhere", async () => {
  await mkdir(join(repository.folder, "apps", "shop"), { recursive: true });
  await writeFile(join(repository.folder, "apps", "shop", "signalbox.yaml"), "name: shop\n");
  await symlink("/etc", join(repository.folder, "apps", "bent"));
  await repository.commit("Apps");
  const found = await fetched({ path: "apps/shop" });
  expect(await readdir(found.folder)).toEqual(["signalbox.yaml"]);
  await found.dispose();
  await expect(fetched({ path: "apps/bent" })).rejects.toMatchObject({ code: "folder-missing" });
});

test("submodules are refused by name, LFS pointers are named in the log", async () => {
  await repository.git("checkout", "--quiet", "-b", "odd");
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
  await writeFile(join(repository.folder, "film.mp4"), pointer);
  await repository.commit("A film");
  const lines: string[] = [];
  const found = await fetched({ ref: "odd" }, { ...quiet(), onLog: (line: string) => void lines.push(line) });
  expect(lines.join("\n")).toMatch(/LFS pointers .* film\.mp4/);
  await found.dispose();
  await repository.git("update-index", "--add", "--cacheinfo", `160000,${first},vendor/thing`);
  await repository.git("commit", "--quiet", "--message", "A submodule");
  await expect(fetched({ ref: "odd" })).rejects.toMatchObject({
    code: "git-submodules",
    message: expect.stringContaining("vendor/thing"),
  });
  await repository.git("checkout", "--quiet", "--force", "main");
  expect(await bench.left()).toEqual([]);
});

test("a repository's hooks and filters run nowhere", async () => {
  const trap = join(bench.dir, "sprung");
  await writeFile(join(repository.folder, ".gitattributes"), "* filter=trap\n");
  await appendFile(join(repository.folder, ".git", "config"), `[filter "trap"]\n\tsmudge = touch ${trap}\n`);
  await writeFile(join(repository.folder, ".git", "hooks", "post-checkout"), `#!/bin/sh\ntouch ${trap}\n`);
  await chmod(join(repository.folder, ".git", "hooks", "post-checkout"), 0o755);
  await repository.commit("Attributes");
  await (await fetched({ url: `file://${repository.folder}`, credential: undefined })).dispose();
  expect(await readdir(bench.dir)).not.toContain("sprung");
});

test("a fetch from a server that stands still is cancelled, and nothing of it runs on", async () => {
  const still = await serveGit(bench.dir, { stall: true });
  const cancel = new AbortController();
  const fetching = fetched({ url: still.url("shop") }, { ...quiet(), signal: cancel.signal });
  await expect.poll(() => still.requests.length, { timeout: 20_000 }).toBeGreaterThan(0);
  cancel.abort();
  await expect(fetching).rejects.toThrow(/abort/i);
  expect(await bench.left()).toEqual([]);
  await still.close();
});

test("what a killed engine left of a fetch is cleared away", async () => {
  const left = join(bench.home.dir, "uploads", SOURCE_APP, ".fetching-abc");
  await mkdir(left, { recursive: true });
  await sources().sweep(SOURCE_APP);
  expect(await bench.left()).toEqual([]);
});

describe("over ssh", () => {
  test("the key is in a file that only we can read, and in no argument", async () => {
    const ssh = await standInSsh(join(bench.dir, "bin"));
    const path = process.env.PATH;
    process.env.PATH = `${ssh.path}:${path}`;
    try {
      const url = `ssh://git@example.com${repository.folder}`;
      const found = await fetched({ url, credential: "key" });
      expect(await readdir(found.folder)).toContain("server.js");
      await found.dispose();
    } finally {
      process.env.PATH = path;
    }
    const calls = await readFile(ssh.log, "utf8");
    expect(calls).toContain("600\n-----BEGIN OPENSSH PRIVATE KEY-----");
    expect(
      calls
        .split("\n")
        .filter((line) => line.includes("git-upload-pack"))
        .join(),
    ).not.toContain("c2VjcmV0");
    expect(calls).toMatch(/BatchMode=yes.*StrictHostKeyChecking=accept-new/);
    await expect(fetched({ url: "ssh://git@example.com/x", credential: "token" })).rejects.toMatchObject({
      code: "credential-does-not-fit",
    });
  });
});

test("without git on the machine that is said", async () => {
  const path = process.env.PATH;
  process.env.PATH = "/nowhere";
  try {
    await expect(fetched()).rejects.toMatchObject({ code: "git-missing" });
  } finally {
    process.env.PATH = path;
  }
  expect(await bench.left()).toEqual([]);
});
