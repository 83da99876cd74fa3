import { randomUUID } from "node:crypto";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Home, homePaths } from "#lib/config/home.ts";
import { LIMITS } from "./limits.ts";
import { sweepUploads } from "./sweep.ts";
import { APP_FILES, listOf, sha256, tarGzOf, upload, uploadHome } from "./testing.ts";
import { Uploads } from "./upload.ts";

let home: Home;
let remove: () => Promise<void>;
let uploads: Uploads;
const never = new AbortController().signal;
const HOUR = 3_600_000;

beforeEach(async () => {
  ({ home, remove } = await uploadHome());
  uploads = new Uploads(home, "shop");
});
afterEach(() => remove());

const there = async () => {
  const dir = join(homePaths(home).uploads, "shop");
  const names = await readdir(dir).catch(() => []);
  return {
    uploads: names.filter((name) => name !== "blobs").length,
    blobs: (await readdir(join(dir, "blobs"))).length,
  };
};

test("only what is not here yet is asked for", async () => {
  expect(await upload(uploads, APP_FILES)).toMatchObject({ sent: 2 });
  const changed = { ...APP_FILES, "server.js": "console.log(2)\n", "copy.js": "console.log(1)\n", empty: "" };
  expect(await upload(uploads, changed)).toMatchObject({ sent: 1 });
  expect(await upload(uploads, changed)).toMatchObject({ sent: 0 });
});

test("contents come in pieces, and go on where they were when a piece was lost", async () => {
  const text = "0123456789";
  const { id } = await uploads.begin({ kind: "files", files: listOf({ a: text }) }, "a test");
  const put = (offset: number, piece: string) =>
    uploads.putBlob(id, sha256(text), offset, Buffer.from(piece));
  expect(await put(0, "0123")).toEqual({ received: 4 });
  // Sent again, as its answer was lost; and one that is too early.
  expect(await put(0, "0123")).toEqual({ received: 4 });
  expect(await put(8, "89")).toEqual({ received: 4 });
  const { missing, received } = await new Uploads(home, "shop").status(id);
  expect({ missing, received }).toEqual({ missing: [sha256(text)], received: { [sha256(text)]: 4 } });
  await expect(uploads.complete(id, never)).rejects.toMatchObject({ code: "upload-incomplete" });
  expect(await put(4, "456789")).toEqual({ received: 10 });
  expect(await uploads.complete(id, never)).toMatchObject({
    state: "ready",
    missing: [],
    files: 1,
    bytes: 10,
  });
});

test("what is not what its hash says is thrown away, and more than was announced is refused", async () => {
  const { id } = await uploads.begin({ kind: "files", files: listOf({ a: "right" }) }, "a test");
  const put = (text: string) => uploads.putBlob(id, sha256("right"), 0, Buffer.from(text));
  await expect(put("wrong")).rejects.toMatchObject({ code: "wrong-contents" });
  await expect(put("right and more")).rejects.toMatchObject({ code: "upload-too-long" });
  await expect(uploads.putBlob(id, sha256("other"), 0, Buffer.from("other"))).rejects.toMatchObject({
    code: "not-in-list",
  });
  expect(await put("right")).toEqual({ received: 5 });
});

test("a list that is too long for one request comes in several", async () => {
  const { id } = await uploads.begin({ kind: "files", files: listOf({ a: "1" }) }, "a test");
  expect(await uploads.addFiles(id, listOf({ b: "2" }))).toMatchObject({ files: 2 });
  await expect(uploads.addFiles(id, listOf({ A: "3" }))).rejects.toMatchObject({ code: "file-twice" });
  expect(await uploads.status(id)).toMatchObject({ files: 2 });
});

test("a hostile list begins nothing", async () => {
  await expect(
    uploads.begin({ kind: "files", files: listOf({ "../evil": "1" }) }, "a test"),
  ).rejects.toMatchObject({
    code: "bad-file-name",
  });
  expect(await there()).toEqual({ uploads: 0, blobs: 0 });
});

test("two uploads at once don't disturb each other", async () => {
  const files = [0, 1].map((each) => ({ same: "the same", own: `of ${each}` }));
  const both = await Promise.all(files.map((each) => upload(uploads, each)));
  for (const { id } of both) expect(await uploads.status(id)).toMatchObject({ state: "ready", missing: [] });
});

test("an upload that nobody finishes is over after a day, and what only it had goes later", async () => {
  const { id } = await uploads.begin({ kind: "files", files: listOf({ a: "1", b: "2" }) }, "a test");
  await uploads.putBlob(id, sha256("1"), 0, Buffer.from("1"));
  await sweepUploads(home, "shop", LIMITS, Date.now() + 23 * HOUR);
  expect(await there()).toEqual({ uploads: 1, blobs: 1 });
  await sweepUploads(home, "shop", LIMITS, Date.now() + 25 * HOUR);
  await sweepUploads(home, "shop", LIMITS, Date.now() + 25 * HOUR);
  expect(await there()).toEqual({ uploads: 0, blobs: 0 });
  await expect(uploads.status(id)).rejects.toMatchObject({ code: "upload-gone" });
});

test("of those that are ready the last few stay, with what they have", async () => {
  for (const version of ["1", "2", "3", "4", "5"]) {
    const { id } = await upload(uploads, { ...APP_FILES, version });
    const at = new Date(Date.now() - (9 - Number(version)) * HOUR);
    await utimes(join(homePaths(home).uploads, "shop", id, "upload.json"), at, at);
  }
  for (let round = 0; round < 2; round += 1) await sweepUploads(home, "shop", LIMITS, Date.now() + 2 * HOUR);
  expect(await there()).toEqual({ uploads: 3, blobs: 5 });
});

test("what is kept of an app has a limit, and so has what is begun at once", async () => {
  const small = new Uploads(home, "shop", { ...LIMITS, appBytes: 10, openUploads: 2 });
  await expect(upload(small, { a: "more than ten bytes" })).rejects.toMatchObject({ code: "uploads-full" });
  const begin = (size: number) => small.begin({ kind: "archive", name: "a.zip", size }, "a test");
  const { id } = await begin(5);
  await begin(5);
  await expect(begin(5)).rejects.toMatchObject({ code: "too-many-uploads" });
  // One that nobody is at gives way.
  const before = new Date(Date.now() - HOUR);
  await utimes(join(homePaths(home).uploads, "shop", id, "upload.json"), before, before);
  await begin(5);
  await expect(small.status(id)).rejects.toMatchObject({ code: "upload-gone" });
  const full = new Uploads(home, "shop", { ...LIMITS, diskSpareBytes: 1e18 });
  await expect(upload(full, { a: "1" })).rejects.toMatchObject({ code: "disk-full" });
});

test("an id can't lead anywhere, and one kind is not the other", async () => {
  for (const id of ["../../etc", "blobs", randomUUID()])
    await expect(async () => uploads.status(id)).rejects.toMatchObject({ code: "upload-gone" });
  const { id } = await uploads.begin({ kind: "archive", name: "a.zip", size: 3 }, "a test");
  await expect(uploads.putBlob(id, sha256("1"), 0, Buffer.from("1"))).rejects.toMatchObject({
    code: "upload-closed",
  });
});

test("an archive that is not whole can't be completed; cancelled, it leaves nothing", async () => {
  const bytes = tarGzOf([{ path: "a", text: "1" }]);
  const { id } = await uploads.begin({ kind: "archive", name: "a.tgz", size: bytes.length }, "a test");
  await uploads.putArchive(id, 0, bytes.subarray(0, 20));
  await expect(uploads.complete(id, never)).rejects.toMatchObject({ code: "upload-incomplete" });
  expect(await uploads.status(id)).toMatchObject({ received: { archive: 20 } });
  await uploads.remove(id);
  expect(await there()).toEqual({ uploads: 0, blobs: 0 });
});
