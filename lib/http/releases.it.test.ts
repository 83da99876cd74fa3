import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { homePaths } from "#lib/config/home.ts";
import { newKey, writeKeyRing } from "#lib/config/seal.ts";
import { endRun, seedApp } from "#lib/operations/testing/site.ts";
import { STATES } from "#lib/operations/testing/verb-states.ts";
import { readCredential } from "#lib/store/source-credentials.ts";
import { LIMITS } from "#lib/uploads/limits.ts";
import { APP_FILES, listOf, tarGzOf } from "#lib/uploads/testing.ts";
import { releaseRoutes } from "./release-routes.ts";
import { type ApiSite, startApiSite } from "./testing/api-site.ts";

let it: ApiSite;
let operator: string;
let viewer: string;

beforeAll(async () => {
  it = await startApiSite();
  const { id, key } = newKey();
  await writeKeyRing(it.site.home, { current: id, keys: { [id]: key } });
  operator = await it.token("operator");
  viewer = await it.token("viewer");
});
afterAll(() => it?.stop());

const seeded = () => seedApp(it.db.store, STATES["Blue live, next release in green"]!);
const promised = (id: string) =>
  releaseRoutes.find((route) => route.id === id)!.answer as { parse(value: unknown): unknown };

async function said<T>(id: string, asked: Promise<Response>): Promise<T> {
  const response = await asked;
  const body = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(body));
  return promised(id).parse(body) as T;
}

async function code(asked: Promise<Response>): Promise<string> {
  const response = await asked;
  const { error } = (await response.json()) as { error: { code: string; findings?: { code: string }[] } };
  return `${response.status} ${error.findings?.[0]?.code ?? error.code}`;
}

const put = (path: string, bytes: Uint8Array, token = operator) =>
  fetch(`${it.api.url}/api/v1${path}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
    body: bytes as Uint8Array<ArrayBuffer>,
  });

interface Upload {
  id: string;
  missing: string[];
  state: string;
}

describe("uploads", () => {
  test("files go up in pieces and are deployed when they are complete", async () => {
    const app = await seeded();
    const big = Buffer.alloc(LIMITS.pieceBytes + 1000, "x");
    const files = [
      ...listOf(APP_FILES),
      { path: "big", mode: 0o644, size: big.length, sha256: createHash("sha256").update(big).digest("hex") },
    ];
    const body = { kind: "files", files };
    const upload = await said<Upload>("beginUpload", it.call("POST", `/apps/${app}/uploads`, operator, body));
    expect(upload).toMatchObject({ state: "open", files: 3, missing: files.map(({ sha256 }) => sha256) });
    const path = `/apps/${app}/uploads/${upload.id}`;
    const deploy = { source: { kind: "upload", id: upload.id } };
    expect(await code(it.call("POST", `/apps/${app}/deploy`, operator, deploy))).toBe(
      "409 upload-incomplete",
    );
    expect(await code(it.call("POST", `${path}/complete`, operator, {}))).toBe("409 upload-incomplete");
    for (const [index, text] of Object.values(APP_FILES).entries())
      await said("putUploadBlob", put(`${path}/blobs/${files[index]!.sha256}`, Buffer.from(text)));
    const blob = `${path}/blobs/${files[2]!.sha256}`;
    expect(await code(put(blob, big))).toBe("413 too-large");
    const half = await said<{ received: number }>(
      "putUploadBlob",
      put(`${blob}?offset=0`, big.subarray(0, LIMITS.pieceBytes)),
    );
    expect(half.received).toBe(LIMITS.pieceBytes);
    expect(await said<Upload>("getUpload", it.call("GET", path, operator))).toMatchObject({
      missing: [files[2]!.sha256],
      received: { [files[2]!.sha256]: LIMITS.pieceBytes },
    });
    await said("putUploadBlob", put(`${blob}?offset=${half.received}`, big.subarray(half.received)));
    const done = await said<Upload>("completeUpload", it.call("POST", `${path}/complete`, operator, {}));
    expect(done).toMatchObject({ state: "ready", missing: [] });
    expect((await it.call("POST", `/apps/${app}/deploy`, operator, deploy)).status).toBe(202);
    const sources = await said("deploySources", it.call("GET", `/apps/${app}/sources`, operator));
    expect(sources).toEqual({ last: deploy.source, credentials: [] });
    const again = await said<Upload>("beginUpload", it.call("POST", `/apps/${app}/uploads`, operator, body));
    expect(again.missing).toEqual([]);
    const entry = await it.db.store.auditEntry.findFirst({
      where: { appName: app, action: "upload.complete" },
    });
    expect(entry).toMatchObject({ actorName: "operator script", detail: { files: 3 } });
  });

  test("an archive goes up and is unpacked; what is none is refused", async () => {
    const app = await seeded();
    const archive = async (bytes: Uint8Array) => {
      const body = { kind: "archive", name: "shop.tgz", size: bytes.length };
      const { id } = await said<Upload>(
        "beginUpload",
        it.call("POST", `/apps/${app}/uploads`, operator, body),
      );
      await said("putUploadArchive", put(`/apps/${app}/uploads/${id}/archive`, bytes));
      return it.call("POST", `/apps/${app}/uploads/${id}/complete`, operator, {});
    };
    const files = Object.entries(APP_FILES).map(([path, text]) => ({ path, text }));
    expect(await said("completeUpload", archive(tarGzOf(files)))).toMatchObject({ state: "ready", files: 2 });
    expect(await code(archive(Buffer.from("no archive")))).toBe("409 not-an-archive");
    expect(await code(archive(tarGzOf([{ path: "../evil", text: "1" }])))).toBe("409 bad-file-name");
  });

  test("hostile lists, other people's ids and readers are turned away", async () => {
    const app = await seeded();
    const other = await seeded();
    const begin = (path: string, token = operator) =>
      it.call("POST", `/apps/${app}/uploads`, token, { kind: "files", files: listOf({ [path]: "1" }) });
    expect(await code(begin("../../etc/cron.d/x"))).toBe("409 bad-file-name");
    expect(await code(begin("a", viewer))).toBe("403 forbidden");
    const { id } = await said<Upload>("beginUpload", begin("a"));
    expect(await code(it.call("GET", `/apps/${other}/uploads/${id}`, operator))).toBe("409 upload-gone");
    expect(await code(it.call("GET", `/apps/${app}/uploads/..%2f..%2fx`, operator))).toBe("409 upload-gone");
    expect(await code(it.call("POST", `/apps/nowhere/uploads`, operator, { kind: "files", files: [] }))).toBe(
      "404 not-found",
    );
    await said("cancelUpload", it.call("DELETE", `/apps/${app}/uploads/${id}`, operator));
    expect(await code(it.call("GET", `/apps/${app}/uploads/${id}`, operator))).toBe("409 upload-gone");
  });
});

describe("git sources", () => {
  test.each([
    ["a program in place of an address", { url: "ext::sh -c id", ref: "main" }, "409 bad-address"],
    ["a secret in the address", { url: "https://a:b@example.com/x", ref: "main" }, "409 secret-in-url"],
    ["an option in place of a ref", { url: "https://example.com/x", ref: "--upload-pack=x" }, "409 bad-ref"],
    [
      "a folder that leads out",
      { url: "https://example.com/x", ref: "main", path: "../x" },
      "409 bad-folder",
    ],
    [
      "a credential that is not there",
      { url: "https://example.com/x", ref: "main", credential: "no" },
      "409 credential-missing",
    ],
  ])("%s is refused before anything runs", async (_, source, expected) => {
    const app = await seeded();
    const body = { source: { kind: "git", ...source } };
    expect(await code(it.call("POST", `/apps/${app}/deploy`, operator, body))).toBe(expected);
    expect(await it.db.store.run.count({ where: { app: { name: app } } })).toBe(0);
  });
});

describe("credentials", () => {
  test("a secret goes in and never comes out again", async () => {
    const app = await seeded();
    const path = `/apps/${app}/credentials`;
    const secret = "ghp_very-secret";
    const added = await it.call("POST", path, operator, { name: "github", kind: "token", secret });
    expect(added.status).toBe(201);
    const answers = [
      await added.text(),
      await (await it.call("GET", path, operator)).text(),
      await (await it.call("GET", `/apps/${app}/sources`, operator)).text(),
      JSON.stringify(
        (await it.db.store.auditEntry.findMany({ where: { appName: app } })).map(({ detail }) => detail),
      ),
      JSON.stringify(await it.db.store.sourceCredential.findMany()),
    ];
    expect(answers.join()).not.toContain(secret);
    expect(answers[1]).toContain("github");
    const ring = JSON.parse(await readFile(homePaths(it.site.home).sealKeys, "utf8"));
    expect(await readCredential(it.db.store, ring, app, "github")).toEqual({ kind: "token", secret });
    expect(await code(it.call("POST", path, operator, { name: "github", kind: "token", secret }))).toBe(
      "400 invalid",
    );
    await said("removeCredential", it.call("DELETE", `${path}/github`, operator));
    expect(await code(it.call("DELETE", `${path}/github`, operator))).toBe("404 not-found");
    const actions = await it.db.store.auditEntry.findMany({
      where: { appName: app },
      orderBy: { id: "asc" },
    });
    expect(actions.map(({ action }) => action)).toEqual(["credential.create", "credential.remove"]);
  });

  test.each([
    ["a name with blanks", { name: "a b", kind: "token", secret: "x" }],
    ["a token of two lines", { name: "a", kind: "token", secret: "x\ny" }],
    ["a public key", { name: "a", kind: "ssh-key", secret: "ssh-ed25519 AAAA" }],
    [
      "a key with a passphrase",
      {
        name: "a",
        kind: "ssh-key",
        secret:
          "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAA\n-----END RSA PRIVATE KEY-----",
      },
    ],
  ])("%s is refused, and not said back", async (_, body) => {
    const app = await seeded();
    const response = await it.call("POST", `/apps/${app}/credentials`, operator, body);
    expect(response.status).toBe(400);
    if (body.secret.length > 3) expect(await response.text()).not.toContain(body.secret);
    expect((await it.call("GET", `/apps/${app}/credentials`, viewer)).status).toBe(403);
  });
});

describe("releases", () => {
  test("they are listed, put back, and removed unless a slot has them", async () => {
    const app = await seeded();
    const { id: appId } = await it.db.store.app.findUniqueOrThrow({ where: { name: app } });
    const old = {
      id: `old-${app}`,
      appId,
      version: "0.9.0",
      manifest: {},
      createdBy: "Anna",
      bytes: 5_000_000_000n,
    };
    const source = { kind: "git", url: "https://example.com/shop", ref: "main", commit: "abc" };
    await it.db.store.release.create({ data: { ...old, dir: join("/releases", old.id), source } });
    const { releases } = await said<{ releases: { id: string; slots: string[] }[] }>(
      "listReleases",
      it.call("GET", `/apps/${app}/releases`, viewer),
    );
    expect(releases).toHaveLength(3);
    expect(releases.find(({ id }) => id === old.id)).toMatchObject({
      bytes: 5_000_000_000,
      slots: [],
      source,
    });
    const inSlot = releases.find(({ slots }) => slots.includes("blue"))!;
    const remove = (id: string, token = operator) => it.call("DELETE", `/apps/${app}/releases/${id}`, token);
    expect(await code(remove(inSlot.id))).toBe("409 release-in-slot");
    expect(await code(remove(old.id, viewer))).toBe("403 forbidden");
    const put = { source: { kind: "release", id: old.id } };
    const asked = await it.call("POST", `/apps/${app}/deploy`, operator, put);
    expect(asked.status).toBe(202);
    expect(await code(remove(old.id))).toBe("409 busy");
    await endRun(it.db.store, ((await asked.json()) as { run: { id: string } }).run.id, "failed");
    await said("removeRelease", remove(old.id));
    expect(await code(remove(old.id))).toBe("404 not-found");
    expect(await code(it.call("POST", `/apps/${app}/deploy`, operator, put))).toBe("409 release-gone");
    const entry = await it.db.store.auditEntry.findFirst({
      where: { appName: app, action: "release.remove" },
    });
    expect(entry?.detail).toMatchObject({ version: "0.9.0" });
  });
});
