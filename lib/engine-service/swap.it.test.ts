import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "#lib/operations/deploy.ts";
import { finish } from "#lib/operations/finish.ts";
import { rollback } from "#lib/operations/rollback.ts";
import { swap } from "#lib/operations/swap.ts";
import { sync } from "#lib/operations/sync.ts";
import { type Installation, startInstallation, succeeded, withLiveShop } from "./testing/installation.ts";

let it: Installation;

beforeAll(async () => {
  it = await startInstallation();
  await it.startGateway();
  it.startEngine();
  await withLiveShop(it);
});
afterAll(() => it?.stop());

const order = (ref: string) =>
  it.ask("shop.localhost", "/orders", { method: "POST", body: { ref, amount: 5 } });
const slotOf = async (host: string) => JSON.parse((await it.ask(host, "/healthz")).body);

test("an operator's day: deploy, sync, swap, roll back, swap again, finish", async () => {
  expect((await order("a")).status).toBe(201);
  const source = { kind: "folder" as const, path: await it.release("1.1.0") };
  await succeeded(it, await deploy(it.context, { app: "shop", source }));
  expect((await order("b")).status).toBe(201);
  const synced = await succeeded(it, await sync(it.context, { app: "shop", mode: "snapshot" }));
  expect(synced.dataRows).toBeGreaterThanOrEqual(2);
  expect((await it.ask("staging.shop.localhost", "/orders/b")).status).toBe(200);
  expect((await order("c")).status).toBe(201);

  const swapped = await succeeded(it, await swap(it.context, { app: "shop" }));
  expect(swapped).toMatchObject({ from: "blue", to: "green", fromVersion: "1.0.0", toVersion: "1.1.0" });
  console.log(JSON.stringify(swapped));
  expect(JSON.parse((await it.ask("shop.localhost", "/orders/c")).body)).toMatchObject({
    ref: "c",
    slot: "blue",
  });
  const written = await order("d");
  expect(JSON.parse(written.body)).toMatchObject({ slot: "green", release: "1.1.0" });

  const back = await succeeded(it, await rollback(it.context, { app: "shop" }));
  expect(back.loss).toMatchObject({ inserted: 1, deleted: 0, exact: true });
  console.log(JSON.stringify(back));
  expect((await it.ask("shop.localhost", "/orders/d")).status).toBe(404);
  expect((await it.ask("shop.localhost", "/orders/c")).status).toBe(200);
  expect((await order("e")).status).toBe(201);

  await succeeded(it, await swap(it.context, { app: "shop" }));
  expect((await it.ask("shop.localhost", "/orders/e")).status).toBe(200);
  await succeeded(it, await finish(it.context, { app: "shop" }));
  expect((await order("f")).status).toBe(201);
  void slotOf;
});
