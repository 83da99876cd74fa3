import { afterAll, beforeAll, expect, test } from "vitest";
import { forgetApp } from "./forget-app.ts";
import { startTestStores, type TestStore, type TestStores } from "./testing.ts";

let stores: TestStores;
let db: TestStore;
beforeAll(async () => {
  stores = await startTestStores();
  db = await stores.create();
});
afterAll(() => stores?.stop());

test("who had to do with an app that is removed has nothing to do with a later one of its name", async () => {
  const { store } = db;
  await store.app.create({ data: { id: "a", name: "shop" } });
  await store.user.create({ data: { id: "bo", name: "Bo", email: "bo@example.com", role: "none" } });
  await store.membership.create({ data: { userId: "bo", appId: "a", role: "operator" } });
  const token = { id: "t", name: "ci", tokenHash: "x", role: "operator" as const, createdBy: "a test" };
  await store.apiToken.create({ data: { ...token, apps: ["shop", "blog"] } });
  const actor = { actorKind: "user", actorId: "a", actorName: "Ada" };
  await store.run.create({ data: { id: "12345678-run", appId: "a", kind: "remove", input: {}, ...actor } });
  await forgetApp(store, "12345678-run");
  await forgetApp(store, "12345678-run");
  expect(await store.membership.count()).toBe(0);
  const { apps } = await store.apiToken.findUniqueOrThrow({ where: { id: "t" } });
  expect(apps).toEqual(["shop-removed-12345678", "blog"]);
});
