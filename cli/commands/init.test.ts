import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { explain } from "../explain.ts";
import { createProgram } from "../program.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "signalbox-init-"));
  writeFileSync(
    join(dir, "package.json"),
    JSON.stringify({ name: "shop", scripts: { start: "node server.js" } }),
  );
});
afterEach(() => rmSync(dir, { recursive: true }));

async function run(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const streams = { stdout, stderr, stdin: new PassThrough(), env: {} };
  let code = 0;
  await createProgram(streams)
    .parseAsync(["node", "signalbox", ...args])
    .catch((error) => {
      code = explain(error, streams);
    });
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

const manifest = () => readFileSync(join(dir, "signalbox.yaml"), "utf8");

test("init writes a manifest from the folder, asks no server, and replaces none without --force", async () => {
  const printed = await run("init", dir, "--print");
  expect(printed).toMatchObject({ code: 0, stdout: expect.stringContaining("web: npm run start") });
  expect(await run("init", dir)).toMatchObject({ code: 0, stderr: "" });
  expect(`${printed.stdout}`).toBe(manifest());
  writeFileSync(join(dir, "signalbox.yaml"), "mine");
  expect(await run("init", dir)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is there already"),
  });
  expect(manifest()).toBe("mine");
  expect((await run("init", dir, "--force", "--json")).stdout).toContain('"complete":true');
  expect(manifest()).toContain("name: shop");
});

test("a folder that tells nothing gets a manifest to be filled in, and says so", async () => {
  writeFileSync(join(dir, "package.json"), "{}");
  expect((await run("init", dir)).stderr).toContain("fill in processes.web");
  expect(await run("init", join(dir, "nowhere"))).toMatchObject({ code: 2 });
});

test("removing an app asks for its name, and nobody is asked where nobody is", async () => {
  const asked = await run("--token", "sbx_x", "--url", "http://127.0.0.1:9", "leave", "shop");
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("--confirm shop") });
});

test("half a database is refused before anybody is asked", async () => {
  const door = ["--token", "sbx_x", "--url", "http://127.0.0.1:9"];
  const adopt = ["adopt", "shop", "--origin", "http://127.0.0.1:3000", "--public", "shop.example.com"];
  const half = await run(...door, ...adopt, "--database-url", "postgresql://a@b/c");
  expect(half).toMatchObject({ code: 2, stderr: expect.stringContaining("belong together") });
  expect((await run(...door, ...adopt, "--check")).code).toBe(3);
});
