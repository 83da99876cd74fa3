import { randomBytes } from "node:crypto";
import { lstat, mkdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Home } from "#lib/config/home.ts";
import { layOutUpload } from "./lay-out.ts";
import { LIMITS } from "./limits.ts";
import { APP_FILES, type TarEntry, tarGzOf, tarOf, uploadArchive, uploadHome, zipOf } from "./testing.ts";
import { Uploads } from "./upload.ts";

let home: Home;
let remove: () => Promise<void>;
const never = new AbortController().signal;

beforeEach(async () => {
  ({ home, remove } = await uploadHome());
});
afterEach(() => remove());

const app = Object.entries(APP_FILES).map(([path, text]) => ({ path, text }));
const send = (bytes: Uint8Array, limits = LIMITS) => uploadArchive(new Uploads(home, "shop", limits), bytes);

async function laidOut(bytes: Uint8Array): Promise<string> {
  const folder = join(home.dir, "out");
  await mkdir(folder);
  await layOutUpload(home, "shop", await send(bytes), folder, never);
  return folder;
}

test("a packed folder is unpacked: modes, links, folders in folders", async () => {
  const out = await laidOut(
    tarGzOf([
      { path: "./", type: "Directory", mode: 0o755 },
      ...app.map((each) => ({ ...each, path: `./${each.path}` })),
      { path: "./bin/run", text: "#!/bin/sh\n", mode: 0o755 },
      { path: "./bin/again", type: "Link", linkpath: "./bin/run" },
      { path: "./latest", type: "SymbolicLink", linkpath: "bin/run" },
      { path: "./.git/config", text: "[core]" },
      { path: "./nothing", text: "" },
    ]),
  );
  expect(await readFile(join(out, "server.js"), "utf8")).toBe(APP_FILES["server.js"]);
  for (const name of ["run", "again"]) expect((await lstat(join(out, "bin", name))).mode & 0o111).not.toBe(0);
  expect(await readlink(join(out, "latest"))).toBe("bin/run");
  expect(await readFile(join(out, "nothing"), "utf8")).toBe("");
  await expect(lstat(join(out, ".git"))).rejects.toThrow();
});

test("a folder that everything is in does not count, as in archives of repositories", async () => {
  const out = await laidOut(tarOf(app.map((each) => ({ ...each, path: `shop-1.0.0/${each.path}` }))));
  expect(await readFile(join(out, "signalbox.yaml"), "utf8")).toContain("name: shop");
});

test("a zip is unpacked like a tar", async () => {
  const out = await laidOut(
    zipOf([
      ...app,
      { path: "bin/", mode: 0o040755 },
      { path: "bin/run", text: "x", mode: 0o100755 },
      { path: "latest", text: "bin/run", mode: 0o120777 },
    ]),
  );
  expect((await lstat(join(out, "bin", "run"))).mode & 0o111).not.toBe(0);
  expect(await readlink(join(out, "latest"))).toBe("bin/run");
});

const odd: [string, TarEntry[], string][] = [
  ["a name that leads up", [{ path: "../evil", text: "1" }], "bad-file-name"],
  ["a name that leads up later", [{ path: "a/../../evil", text: "1" }], "bad-file-name"],
  ["an absolute name", [{ path: "/etc/cron.d/evil", text: "1" }], "bad-file-name"],
  [
    "a link out of the folder",
    [{ path: "a", type: "SymbolicLink", linkpath: "../../etc" }],
    "link-leads-out",
  ],
  ["an absolute link", [{ path: "a", type: "SymbolicLink", linkpath: "/etc/passwd" }], "link-leads-out"],
  [
    "a file behind a link",
    [
      { path: "a", type: "SymbolicLink", linkpath: "b" },
      { path: "a/evil", text: "1" },
    ],
    "file-twice",
  ],
  [
    "a hard link to what it does not have",
    [{ path: "a", type: "Link", linkpath: "/etc/passwd" }],
    "link-leads-out",
  ],
  ["a device", [{ path: "a", type: "CharacterDevice" }], "not-a-file"],
  ["a pipe", [{ path: "a", type: "FIFO" }], "not-a-file"],
  [
    "a name twice",
    [
      { path: "a", text: "1" },
      { path: "a", text: "2" },
    ],
    "file-twice",
  ],
  [
    "a name in capitals too",
    [
      { path: "Server.js", text: "1" },
      { path: "server.JS", text: "2" },
    ],
    "file-twice",
  ],
];

test.each(odd)("a tar with %s is refused", async (_, entries, code) => {
  await expect(send(tarGzOf([...app, ...entries]))).rejects.toMatchObject({ name: "Refusal", code });
});

test.each([
  ["a name that leads up", [{ path: "../evil", text: "1" }], "bad-file-name"],
  ["an absolute name", [{ path: "/etc/evil", text: "1" }], "bad-file-name"],
  ["a backslash", [{ path: "a\\..\\evil", text: "1" }], "bad-file-name"],
  ["a link out of the folder", [{ path: "a", text: "../../etc", mode: 0o120777 }], "link-leads-out"],
  ["a device", [{ path: "a", mode: 0o020644 }], "not-a-file"],
  ["a password", [{ path: "a", text: "1", encrypted: true }], "archive-encrypted"],
])("a zip with %s is refused", async (_, entries, code) => {
  await expect(send(zipOf([...app, ...entries]))).rejects.toMatchObject({ name: "Refusal", code });
});

test.each([
  ["text", Buffer.from("this is no archive at all")],
  ["random bytes", randomBytes(2000)],
  ["a gzip of no tar", gzipSync("nothing that a tar would have".repeat(100))],
  ["half a gzip", tarGzOf([{ path: "a", text: randomBytes(3000).toString("hex") }]).subarray(0, 2000)],
  ["half a tar", tarOf([{ path: "a", text: "x".repeat(5000) }]).subarray(0, 3000)],
  ["half a zip", zipOf([{ path: "a", text: "x".repeat(5000) }]).subarray(0, 3000)],
])("%s is no archive, and that is said", async (_, bytes) => {
  await expect(send(bytes)).rejects.toMatchObject({ name: "Refusal", code: "not-an-archive" });
});

test("a bomb is stopped while it grows: by its ratio, its bytes, its number of entries", async () => {
  const zeros = tarGzOf([...app, { path: "zeros", text: "\0".repeat(2_000_000) }]);
  const tight = { ...LIMITS, archiveUnquestionedBytes: 1_000_000 };
  await expect(send(zeros, tight)).rejects.toMatchObject({ code: "archive-bomb" });
  await expect(send(zeros, { ...LIMITS, uploadBytes: 500_000 })).rejects.toMatchObject({
    code: "upload-too-large",
  });
  const many = tarGzOf(Array.from({ length: 50 }, (_, index) => ({ path: `f${index}`, text: "1" })));
  await expect(send(many, { ...LIMITS, files: 20 })).rejects.toMatchObject({ code: "too-many-files" });
});
