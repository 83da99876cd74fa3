import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adoptionSeal } from "#lib/config/adoption.ts";
import { homePaths } from "#lib/config/home.ts";
import { newKey, readKeyRing, seal, unseal, writeKeyRing } from "#lib/config/seal.ts";
import { credentialContext } from "#lib/store/source-credentials.ts";
import { startTestStores, type TestStore, type TestStores } from "#lib/store/testing.ts";
import { readVariables, variableContext } from "#lib/store/variables.ts";
import { contextAs, makeTestHome, type TestHome } from "../testing/site.ts";
import { rotateKeys } from "./rotate.ts";

let stores: TestStores;
let db: TestStore;
let place: TestHome;

beforeAll(async () => {
  stores = await startTestStores();
  db = await stores.create();
  place = makeTestHome();
  const { id, key } = newKey();
  await writeKeyRing(place.home, { current: id, keys: { [id]: key } });
  const ring = readKeyRing(place.home);
  const url = seal(ring, "postgresql://app:secret@db/shop", adoptionSeal("shop"));
  await db.store.app.create({
    data: { id: "a", name: "shop", adoption: { data: { blue: { url }, green: null } } },
  });
  await set("API_KEY", "first");
  const sealed = seal(ring, "token", credentialContext("a", "git"));
  await db.store.sourceCredential.create({
    data: { id: "c", appId: "a", name: "git", kind: "token", sealed, createdBy: "a test" },
  });
});
afterAll(async () => {
  await stores?.stop();
  place?.remove();
});

async function set(name: string, value: string, ring = readKeyRing(place.home)): Promise<void> {
  const sealed = seal(ring, value, variableContext("a", name, "both"));
  await db.store.variable.create({ data: { appId: "a", name, sealed, updatedBy: "a test" } });
}
const values = () => readVariables(db.store, readKeyRing(place.home), "shop", "live");
const rotate = (settleMs = 0) => rotateKeys(contextAs(db.store, place.home, "admin"), { settleMs });

test("everything sealed is sealed anew, and the old key goes", async () => {
  const before = readKeyRing(place.home);
  const rotation = await rotate();
  expect(rotation).toMatchObject({ resealed: 3, dropped: [before.current], kept: [] });
  const ring = readKeyRing(place.home);
  expect(Object.keys(ring.keys)).toEqual([rotation.key]);
  expect(await values()).toEqual({ API_KEY: "first" });
  const { adoption } = await db.store.app.findUniqueOrThrow({ where: { id: "a" } });
  const { url } = (adoption as { data: { blue: { url: string } } }).data.blue;
  expect(unseal(ring, url, adoptionSeal("shop"))).toBe("postgresql://app:secret@db/shop");
  expect(await db.store.auditEntry.count({ where: { action: "keys.rotate" } })).toBe(1);
});

test("a value that was sealed with the old ring while the new key settles is not lost", async () => {
  const old = readKeyRing(place.home);
  const rotating = rotate(1_000);
  await expect.poll(() => readKeyRing(place.home).current).not.toBe(old.current);
  await set("LATE", "second", old);
  await rotating;
  expect(await values()).toEqual({ API_KEY: "first", LATE: "second" });
});

test("a rotation that breaks off leaves every value readable, and the next one finishes", async () => {
  const before = readKeyRing(place.home);
  const stranger = newKey();
  await set("BROKEN", "x", { current: stranger.id, keys: { [stranger.id]: stranger.key } });
  await expect(rotate()).rejects.toThrow(stranger.id);
  const both = readKeyRing(place.home);
  expect(Object.keys(both.keys)).toHaveLength(2);
  expect(both.keys[before.current]).toBeDefined();
  await db.store.variable.delete({
    where: { appId_name_scope: { appId: "a", name: "BROKEN", scope: "both" } },
  });
  expect(await values()).toEqual({ API_KEY: "first", LATE: "second" });
  expect((await rotate()).dropped.sort()).toEqual(Object.keys(both.keys).sort());
  expect(await values()).toEqual({ API_KEY: "first", LATE: "second" });
});

test("a key that a running process's file or an unknown column still names stays", async () => {
  const { current } = readKeyRing(place.home);
  const state = join(homePaths(place.home).apps, "shop", "blue", "state");
  mkdirSync(state, { recursive: true });
  const sealedEnv = seal(readKeyRing(place.home), "{}", "environment/shop/blue/web");
  writeFileSync(join(state, "web.desired.json"), JSON.stringify({ sealedEnv }));
  const first = await rotate();
  expect(first.kept).toEqual([{ key: current, neededBy: ["apps/shop/blue/state/web.desired.json"] }]);
  expect(readKeyRing(place.home).keys[current]).toBeDefined();
  writeFileSync(join(state, "web.desired.json"), "{}");
  await db.store.$executeRaw`CREATE TABLE novelty (secret text)`;
  await db.store.$executeRaw`INSERT INTO novelty VALUES (${seal(readKeyRing(place.home), "x", "novelty/1")})`;
  const second = await rotate();
  expect(second.dropped).toEqual([current]);
  expect(second.kept).toEqual([{ key: first.key, neededBy: ["novelty"] }]);
});

test("only an admin rotates", async () => {
  await expect(rotateKeys(contextAs(db.store, place.home, "operator"))).rejects.toMatchObject({
    code: "forbidden",
  });
});
