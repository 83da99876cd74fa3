/** The lossless way: an idle slot that is fed, and a way back that is fed. */
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
const seen = async (ref: string) => (await it.ask("shop.localhost", `/orders/${ref}`)).status;
const slots = async () =>
  Object.fromEntries(
    (await it.store.slot.findMany({ select: { name: true, dataState: true, fed: true } })).map(
      ({ name, dataState, fed }) => [name, { dataState, fed }],
    ),
  );
const feeds = async () => {
  const { Client } = (await import("pg")).default;
  const client = new Client({ connectionString: it.dataCluster.adminUrl });
  await client.connect();
  const { rows } = await client.query("SELECT slot_name FROM pg_replication_slots ORDER BY 1");
  await client.end();
  return rows.map(({ slot_name }) => slot_name);
};

test("deploy, sync, swap, roll back and swap again lose nothing, and finish ends the feeds", async () => {
  expect((await order("a")).status).toBe(201);
  const source = { kind: "folder" as const, path: await it.release("1.1.0") };
  await succeeded(it, await deploy(it.context, { app: "shop", source }));
  await succeeded(it, await sync(it.context, { app: "shop" }));
  expect(await slots()).toEqual({
    blue: { dataState: "authoritative", fed: false },
    green: { dataState: "following", fed: true },
  });
  expect((await order("b")).status).toBe(201);
  await expect.poll(async () => (await it.ask("staging.shop.localhost", "/orders/b")).status).toBe(200);

  const swapped = await succeeded(it, await swap(it.context, { app: "shop" }));
  console.log(JSON.stringify(swapped));
  expect(swapped).toMatchObject({ from: "blue", to: "green", lossless: true });
  // There is no ground for a figure yet, and one afterwards.
  expect(swapped).toMatchObject({ forecastWindowMs: null, forecastSwitches: null });
  expect(await slots()).toEqual({
    blue: { dataState: "resting", fed: true },
    green: { dataState: "authoritative", fed: false },
  });
  expect(await seen("b")).toBe(200);
  const written = await order("c");
  expect(JSON.parse(written.body)).toMatchObject({ slot: "green", release: "1.1.0" });

  const back = await succeeded(it, await rollback(it.context, { app: "shop" }));
  console.log(JSON.stringify(back));
  expect(back).toMatchObject({ lossless: true, loss: null });
  expect(back).toMatchObject({ forecastWindowMs: swapped.windowMs, forecastSwitches: 1 });
  expect(await seen("c")).toBe(200);
  expect(JSON.parse((await order("d")).body)).toMatchObject({ slot: "blue", release: "1.0.0" });
  expect(await slots()).toEqual({
    blue: { dataState: "authoritative", fed: false },
    green: { dataState: "following", fed: true },
  });

  await succeeded(it, await swap(it.context, { app: "shop" }));
  for (const ref of ["a", "b", "c", "d"]) expect(await seen(ref)).toBe(200);
  expect(await feeds()).toEqual(["sb_shop_blue_feed", "sb_shop_green_feed"]);
  await succeeded(it, await finish(it.context, { app: "shop" }));
  expect(await feeds()).toEqual([]);
  expect(await slots()).toEqual({
    blue: { dataState: "scratch", fed: false },
    green: { dataState: "authoritative", fed: false },
  });
  expect((await order("e")).status).toBe(201);
});
