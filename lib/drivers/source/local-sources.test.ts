import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listOf, upload } from "#lib/uploads/testing.ts";
import { Uploads } from "#lib/uploads/upload.ts";
import { describeSource, quiet, SOURCE_APP } from "./contract.ts";
import { createSources } from "./sources.ts";
import { MANIFEST, type SourceBench, sourceBench, writeApp } from "./testing.ts";

let bench: SourceBench;
beforeAll(async () => {
  bench = await sourceBench();
});
afterAll(() => bench?.remove());

const sources = () => createSources({ home: bench.home, credential: async () => null });
const FILES = { "signalbox.yaml": MANIFEST, "server.js": "console.log(1)\n" };

describe("folder", () => {
  describeSource({
    sources,
    good: async () => ({ kind: "folder", path: await writeApp(join(bench.dir, "app")) }),
    missing: async () => ({ kind: "folder", path: join(bench.dir, "nowhere") }),
    secret: null,
    left: () => bench.left(),
  });

  test("the operator's own folder stays", async () => {
    const path = await writeApp(join(bench.dir, "app"));
    await (await sources().fetch(SOURCE_APP, { kind: "folder", path }, quiet())).dispose();
    expect(await readdir(path)).toEqual(expect.arrayContaining(["server.js", "signalbox.yaml"]));
  });
});

describe("upload", () => {
  describeSource({
    sources,
    good: async () => ({ kind: "upload", id: (await upload(new Uploads(bench.home, SOURCE_APP), FILES)).id }),
    missing: async () => ({ kind: "upload", id: "00000000-0000-4000-8000-000000000000" }),
    secret: null,
    left: () => bench.left(),
  });

  test("one that is not complete, or another app's, is refused", async () => {
    const begun = await new Uploads(bench.home, SOURCE_APP).begin(
      { kind: "files", files: listOf(FILES) },
      "a test",
    );
    const fetch = (app: string, id: string) => sources().fetch(app, { kind: "upload", id }, quiet());
    await new Uploads(bench.home, "other").begin(
      { kind: "files", files: listOf({ a: "not here yet" }) },
      "a test",
    );
    const { id } = await upload(new Uploads(bench.home, "other"), FILES);
    await expect(fetch(SOURCE_APP, id)).rejects.toMatchObject({ code: "upload-gone" });
    expect(begun.missing).toEqual([]);
    await expect(fetch(SOURCE_APP, begun.id)).rejects.toMatchObject({ code: "upload-incomplete" });
    expect(await bench.left()).toEqual([]);
  });

  test("an app that is no more leaves no uploads", async () => {
    const { id } = await upload(new Uploads(bench.home, "gone"), FILES);
    await sources().forget("gone");
    await expect(new Uploads(bench.home, "gone").status(id)).rejects.toMatchObject({ code: "upload-gone" });
  });
});
