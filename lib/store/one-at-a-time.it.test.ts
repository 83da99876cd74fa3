import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestStores, type TestStores } from "./testing.ts";

let stores: TestStores;
beforeAll(async () => {
  stores = await startTestStores();
});
afterAll(() => stores?.stop());

test("a transaction's connection is never asked a second thing before it answered the first", async () => {
  const { store } = await stores.create();
  const warnings: string[] = [];
  const note = ({ message }: Error) => warnings.push(message);
  process.on("warning", note);
  const found = await store.$transaction(async (tx) => {
    const slots = [
      { name: "blue" as const, port: 21_000 },
      { name: "green" as const, port: 21_010 },
    ];
    await tx.app.create({ data: { id: "app", name: "shop", slots: { create: slots } } });
    return tx.app.findUniqueOrThrow({
      where: { name: "shop" },
      include: { slots: { include: { release: true } }, domains: true, releases: true, runs: true },
    });
  });
  // Warnings are told in a later turn.
  await new Promise(setImmediate);
  process.off("warning", note);
  expect(found.slots.map(({ name }) => name).sort()).toEqual(["blue", "green"]);
  expect(warnings).toEqual([]);
});

test("a query that fails is told, and its connection goes back to be used again", async () => {
  const { store } = await stores.create();
  for (let round = 0; round < 6; round += 1) {
    const failing = store.$transaction((tx) =>
      Promise.all([tx.$queryRaw`SELECT 1 / 0`, tx.app.findMany({ include: { slots: true, domains: true } })]),
    );
    await expect(failing).rejects.toThrow("division by zero");
  }
  expect(await store.app.count()).toBe(0);
});
