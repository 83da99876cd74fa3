import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AppRoutes } from "#lib/gate/routes.ts";
import { backupStore } from "./backup.ts";
import { DamagedBackup } from "./backup-format.ts";
import type { Store } from "./client.ts";
import { checkBackup, type RestoreOptions, RestoreRefused, restoreStore } from "./restore.ts";
import { startTestStores, type TestStores } from "./testing.ts";

let stores: TestStores;
let dir: string;
let url: string;
let store: Store;
let file: string;

const plain: RestoreOptions = { served: null, force: false, record: async () => {} };

beforeAll(async () => {
  stores = await startTestStores();
  dir = await mkdtemp(join(tmpdir(), "signalbox-backup-"));
});
afterAll(async () => {
  await stores.stop();
  await rm(dir, { recursive: true });
});
beforeEach(async () => {
  ({ store, url } = await stores.create());
  file = join(dir, `${Math.random()}.gz`);
  await fillStore();
});

const backup = () => pipeline(backupStore(url), createWriteStream(file));

const ODD = "tab\tline\nreturn\r back\\slash \u2028 | {\"end\":true} \\N 'quote' 🚦";

async function fillStore(): Promise<void> {
  await store.app.create({
    data: {
      id: "a1",
      name: "shop",
      liveSlot: "blue",
      epoch: 7,
      domains: { create: { host: "shop.localhost", audience: "public" } },
    },
  });
  await store.release.create({
    data: { id: "r1", appId: "a1", version: "1.0.0", manifest: { note: ODD }, dir: "/r1", createdBy: ODD },
  });
  await store.slot.create({ data: { appId: "a1", name: "blue", port: 1, releaseId: "r1" } });
  await store.auditEntry.create({ data: { actorKind: "cli", actorId: "0", actorName: ODD, action: "x.y" } });
  await store.user.create({
    data: { id: "u1", name: "Ada", email: "ada@example.com", sessions: { create: session() } },
  });
}

const session = () => ({ id: "s1", token: "t1", expiresAt: new Date("2030-01-01") });

const served = (live: "blue" | "green", release: string): AppRoutes[] => [
  {
    app: "shop",
    version: 3,
    domains: [],
    live,
    stagingAccess: "open",
    slots: [
      {
        slot: "blue",
        targets: [{ scheme: "http", host: "127.0.0.1", port: 1 }],
        release,
        paused: false,
        assets: [],
      },
    ],
    healthPath: "/",
    reads: "hold",
    limits: { headerBytes: 1, bodyBytes: null, idleMs: 0, totalMs: 0 },
  },
];

describe("a backup of the store", () => {
  test("brings everything back as it was, whatever happened since, and signs everybody out", async () => {
    await backup();
    await store.app.update({ where: { id: "a1" }, data: { liveSlot: "green", name: "renamed" } });
    await store.domain.deleteMany();
    await store.auditEntry.create({
      data: { actorKind: "cli", actorId: "0", actorName: "n", action: "later" },
    });
    const report = await restoreStore(url, file, plain);
    expect(report).toMatchObject({ endedRuns: 0, disagreements: [] });
    const app = await store.app.findUniqueOrThrow({ where: { id: "a1" }, include: { domains: true } });
    expect(app).toMatchObject({ name: "shop", liveSlot: "blue", domains: [{ host: "shop.localhost" }] });
    expect(app.epoch).toBeGreaterThan(1_000_000);
    const release = await store.release.findUniqueOrThrow({ where: { id: "r1" } });
    expect(release).toMatchObject({ createdBy: ODD, manifest: { note: ODD } });
    expect(await store.session.count()).toBe(0);
    expect(await store.user.count()).toBe(1);
    // Numbers go on behind the restored ones.
    const entry = await store.auditEntry.create({
      data: { actorKind: "cli", actorId: "0", actorName: "n", action: "after" },
    });
    expect(entry.id).toBe(2n);
  });

  test("goes into an empty store as well", async () => {
    await backup();
    const other = await stores.create();
    await restoreStore(other.url, file, plain);
    expect(await other.store.app.findMany({ select: { name: true } })).toEqual([{ name: "shop" }]);
  });

  test("shows one moment although writing goes on", async () => {
    const stream = backupStore(url);
    await new Promise((resolve) => stream.once("readable", resolve));
    await store.domain.create({ data: { host: "late.localhost", appId: "a1", audience: "public" } });
    await pipeline(stream, createWriteStream(file));
    const { rows } = await checkBackup(file);
    expect(rows).toBe(7);
  });

  test("a run that was under way when it was made counts as aborted, with the reason", async () => {
    const run = {
      id: "run1",
      appId: "a1",
      kind: "sync",
      input: {},
      actorKind: "cli",
      actorId: "0",
      actorName: "n",
    };
    await store.run.create({ data: run });
    await backup();
    await store.run.update({ where: { id: "run1" }, data: { finishedAt: new Date(), status: "succeeded" } });
    expect((await restoreStore(url, file, plain)).endedRuns).toBe(1);
    const restored = await store.run.findUniqueOrThrow({ where: { id: "run1" } });
    expect(restored).toMatchObject({ status: "aborted", error: expect.stringContaining("restored") });
  });

  test("is refused, and nothing changes, while a run is under way", async () => {
    await backup();
    const run = {
      id: "run2",
      appId: "a1",
      kind: "sync",
      input: {},
      actorKind: "cli",
      actorId: "0",
      actorName: "n",
    };
    await store.run.create({ data: run });
    await expect(restoreStore(url, file, plain)).rejects.toThrow("A run is under way");
    expect(await store.run.count()).toBe(1);
    expect(await store.session.count()).toBe(1);
  });

  test("is refused when visitors are served something else by now, unless it is forced", async () => {
    await backup();
    const swapped = { ...plain, served: served("green", "2.0.0") };
    const refusal = await restoreStore(url, file, swapped).catch((error) => error);
    expect(refusal).toBeInstanceOf(RestoreRefused);
    expect(refusal.disagreements).toEqual([
      { app: "shop", what: "green is live now, and blue in the backup" },
    ]);
    expect((await store.app.findUniqueOrThrow({ where: { id: "a1" } })).epoch).toBe(7);
    await expect(restoreStore(url, file, { ...plain, served: served("blue", "1.1.0") })).rejects.toThrow(
      "older",
    );
    expect(await restoreStore(url, file, { ...swapped, force: true })).toMatchObject({
      disagreements: [{ app: "shop" }],
    });
    await restoreStore(url, file, { ...plain, served: served("blue", "1.0.0") });
  });

  test("a file that is cut off, changed or something else is refused before anything happens", async () => {
    await backup();
    const whole = await readFile(file);
    const text = gunzipSync(whole).toString();
    const bad = {
      "cut off as it lies": whole.subarray(0, whole.length - 20),
      "cut off before its end": gzipSync(text.slice(0, text.lastIndexOf('{"end"'))),
      "changed in the middle": gzipSync(text.replace("shop.localhost", "evil.localhost")),
      "with a row added": gzipSync(text.replace('{"end"', '|x\n{"end"')),
      "something else": gzipSync("hello\n"),
      "not zipped": Buffer.from("hello"),
      empty: Buffer.alloc(0),
    };
    for (const [name, content] of Object.entries(bad)) {
      await writeFile(file, content);
      await expect(restoreStore(url, file, plain), name).rejects.toThrow(DamagedBackup);
    }
    expect(await store.app.count()).toBe(1);
  });

  test("one of a newer version is refused by name", async () => {
    await store.$executeRaw`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
      VALUES ('x', 'x', '20990101000000_future', now())`;
    await backup();
    await store.$executeRaw`DELETE FROM _prisma_migrations WHERE id = 'x'`;
    await expect(restoreStore(url, file, plain)).rejects.toThrow("20990101000000_future");
  });
});
