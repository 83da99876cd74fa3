/** Many replacements of the live slot's process, one after another. rolling.it.test.ts has a few of them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { restart } from "#lib/operations/restart.ts";
import { type Installation, startInstallation, succeeded, withLiveShop } from "./testing/installation.ts";
import { unnoticed } from "./testing/under-load.ts";

let it: Installation;
beforeAll(async () => {
  it = await startInstallation();
  await it.startGateway();
  it.startEngine();
  await withLiveShop(it);
});
afterAll(() => it?.stop());

test("twenty rolling restarts of the live slot: none failed, none lost", async () => {
  await unnoticed(it, async () => {
    for (let round = 0; round < 20; round++) await succeeded(it, await restart(it.context, { app: "shop" }));
  });
  const { servedBy } = await it.store.slot.findFirstOrThrow({
    where: { app: { name: "shop" }, name: "blue" },
  });
  expect(servedBy).toEqual([]);
});
