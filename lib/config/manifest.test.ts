import { expect, test } from "vitest";
import { readManifest } from "./manifest.ts";

const base = "name: shop\nversion: 1\nprocesses: { web: node web.js }\n".replace(
  "version: 1\n",
  'version: "1"\n',
);

test("folders are followed unless the manifest says otherwise", () => {
  const read = readManifest(
    `${base}data: { files: { uploads: { env: UPLOADS }, media: { env: MEDIA, mode: shared } } }`,
  );
  expect(read).toMatchObject({
    ok: true,
    manifest: {
      data: {
        files: { uploads: { env: "UPLOADS", mode: "follow" }, media: { env: "MEDIA", mode: "shared" } },
      },
    },
  });
});

test.each([
  ["{ uploads: { env: UPLOADS, mode: mirror } }", "data.files.uploads.mode"],
  ["{ uploads: { env: SAME }, media: { env: SAME } }", "of its own"],
  ["{ uploads: {} }", "data.files.uploads.env"],
  ["{ ../etc: { env: UPLOADS } }", "data.files"],
  ["{ uploads: { env: UPLOADS, path: /srv } }", "data.files.uploads"],
])("folders that are not right are named: %s", (files, key) => {
  const read = readManifest(`${base}data: { files: ${files} }`);
  expect(read).toMatchObject({ ok: false, problems: [expect.stringContaining(key)] });
});

test("requests that read wait in a window unless the manifest says otherwise", () => {
  expect(readManifest(base)).toMatchObject({ ok: true, manifest: { reads: "hold" } });
  expect(readManifest(`${base}reads: serve`)).toMatchObject({ ok: true, manifest: { reads: "serve" } });
});

test.each([
  ["reads: yes", "reads: "],
  ["reads: [serve]", "reads: "],
  ["read: serve", "read"],
])("what is not understood is named: %s", (line, named) => {
  expect(readManifest(base + line)).toMatchObject({ ok: false, problems: [expect.stringContaining(named)] });
});

test("paths to warm are as a browser asks for them", () => {
  const read = readManifest(`${base}warm: [/, "/products?page=1", /caf%C3%A9]`);
  expect(read).toMatchObject({ ok: true, manifest: { warm: ["/", "/products?page=1", "/caf%C3%A9"] } });
});

test.each([
  ["warm: /", "warm: "],
  ["warm: [products]", "warm.0: a path that begins with one slash"],
  ["warm: [/, //evil.example/]", "warm.1: a path"],
  ["warm: [/a b]", "warm.0: a path"],
  ["warm: [/a#b]", "warm.0: a path"],
  ["warm: [https://shop.example/]", "warm.0: a path"],
])("a path that can't be asked for is named: %s", (line, named) => {
  expect(readManifest(base + line)).toMatchObject({ ok: false, problems: [expect.stringContaining(named)] });
});

test("folders of hashed files are kept without the slash that may end them", () => {
  const read = readManifest(`${base}assets: [/_next/static, /assets/, /@vite/client.v2]`);
  const assets = ["/_next/static", "/assets", "/@vite/client.v2"];
  expect(read).toMatchObject({ ok: true, manifest: { assets } });
});

test.each([
  "/",
  "assets",
  "//assets",
  "/a/../b",
  "/a/.",
  "/a?b",
  "/a b",
  "/a/*",
  "/%61",
  "https://cdn.example/a",
])("a folder that would be more than a folder is named: %s", (prefix) => {
  expect(readManifest(`${base}assets: [${JSON.stringify(prefix)}]`)).toMatchObject({
    ok: false,
    problems: [expect.stringContaining("assets.0: a folder like /_next/static")],
  });
});
