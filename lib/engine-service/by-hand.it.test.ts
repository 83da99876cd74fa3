/** The two-tenant recipe step by step: publish, sync, pause, publish, and back by publishing the old slot. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "#lib/operations/deploy.ts";
import { pause } from "#lib/operations/pause.ts";
import { publish } from "#lib/operations/publish.ts";
import { restart } from "#lib/operations/restart.ts";
import { resume } from "#lib/operations/resume.ts";
import { sync } from "#lib/operations/sync.ts";
import { unpublish } from "#lib/operations/unpublish.ts";
import {
  type Installation,
  startInstallation,
  succeeded,
  until,
  withLiveShop,
} from "./testing/installation.ts";

let it: Installation;

beforeAll(async () => {
  it = await startInstallation();
  await it.startGateway();
  it.startEngine();
  await withLiveShop(it);
});
afterAll(() => it?.stop());

const app = "shop";
const domain = "shop.localhost";
const order = (ref: string, host = domain) =>
  it.ask(host, "/orders", { method: "POST", body: { ref, amount: 5 } });
const find = async (ref: string) => (await it.ask(domain, `/orders/${ref}`)).status;
const states = async () => {
  const slots = await it.store.slot.findMany({ where: { app: { name: app } }, orderBy: { name: "asc" } });
  return slots.map((slot) => `${slot.name} ${slot.dataState}${slot.paused ? " paused" : ""}`);
};
const workers = async () => {
  const slots = await it.store.slot.findMany({ where: { app: { name: app } } });
  const running = (slot: (typeof slots)[number]) =>
    (slot.observed as { processes?: { process: string; state: string }[] } | null)?.processes?.some(
      ({ process, state }) => process === "worker" && state === "running",
    );
  return slots.filter(running).map((slot) => slot.name);
};

test("deploy and test on the idle slot while visitors stay on the live one", {
  timeout: 60_000,
}, async () => {
  expect((await order("one")).status).toBe(201);
  const source = { kind: "folder" as const, path: await it.release("1.1.0") };
  await succeeded(it, await deploy(it.context, { app, source }));
  await succeeded(it, await restart(it.context, { app, slot: "green" }));
  await succeeded(it, await sync(it.context, { app, mode: "snapshot" }));
  await succeeded(it, await publish(it.context, { app, domain: "testing.shop.localhost", slot: "green" }));
  const seen = await it.ask("testing.shop.localhost", "/orders/one");
  expect(seen.status).toBe(200);
  expect(JSON.parse((await order("by-a-tester", "testing.shop.localhost")).body)).toMatchObject({
    slot: "green",
  });
  expect(await find("by-a-tester")).toBe(404);
  expect(await states()).toEqual(["blue authoritative", "green scratch"]);
});

test("a slot with testers' data can't be published to visitors", async () => {
  await expect(publish(it.context, { app, domain, slot: "green" })).rejects.toMatchObject({
    code: "refused",
  });
});

test("pause, sync, publish: nothing that was acknowledged is missing", { timeout: 60_000 }, async () => {
  expect((await order("two")).status).toBe(201);
  await succeeded(it, await pause(it.context, { app, slot: "blue" }));
  expect((await it.ask(domain, "/")).status).toBe(503);
  await succeeded(it, await sync(it.context, { app, mode: "snapshot", force: true }));
  expect(await states()).toEqual(["blue authoritative paused", "green following"]);
  await succeeded(it, await publish(it.context, { app, domain, slot: "green" }));
  expect(await states()).toEqual(["blue resting paused", "green authoritative"]);
  expect([await find("one"), await find("two"), await find("by-a-tester")]).toEqual([200, 200, 404]);
  expect(JSON.parse((await order("three")).body)).toMatchObject({ slot: "green" });
  await until(async () => (await workers()).join() === "green", "the worker runs in green only");
});

test("rollback by hand: publish the old slot, then resume it", { timeout: 60_000 }, async () => {
  const receipt = await succeeded(it, await publish(it.context, { app, domain, slot: "blue" }));
  expect(receipt.loss).toMatchObject({ inserted: 1, exact: true });
  expect((await it.ask(domain, "/")).status).toBe(503);
  await succeeded(it, await resume(it.context, { app, slot: "blue" }));
  expect(await states()).toEqual(["blue authoritative", "green scratch"]);
  expect([await find("two"), await find("three")]).toEqual([200, 404]);
  expect((await order("four")).status).toBe(201);
  await until(async () => (await workers()).join() === "blue", "the worker runs in blue only");
});

test("on success the old slot is resumed and takes the next release", { timeout: 60_000 }, async () => {
  await succeeded(it, await pause(it.context, { app, slot: "blue" }));
  await succeeded(it, await sync(it.context, { app, mode: "snapshot" }));
  await succeeded(it, await publish(it.context, { app, domain, slot: "green" }));
  await succeeded(it, await resume(it.context, { app, slot: "blue" }));
  expect(await states()).toEqual(["blue scratch", "green authoritative"]);
  const source = { kind: "folder" as const, path: await it.release("1.1.0") };
  await succeeded(it, await deploy(it.context, { app, source }));
  expect([await find("one"), await find("four")]).toEqual([200, 200]);
});

test("pause and resume of the live slot, and what paused means to its copy", {
  timeout: 60_000,
}, async () => {
  await succeeded(it, await pause(it.context, { app, slot: "green" }));
  await succeeded(it, await sync(it.context, { app, mode: "snapshot" }));
  expect(await states()).toEqual(["blue following", "green authoritative paused"]);
  await succeeded(it, await resume(it.context, { app, slot: "green" }));
  expect(await states()).toEqual(["blue scratch", "green authoritative"]);
  expect((await order("five")).status).toBe(201);
});

test("unpublish takes a domain off; the live slot restarts without a failed request", {
  timeout: 60_000,
}, async () => {
  await succeeded(it, await publish(it.context, { app, domain: "www.shop.localhost", slot: "green" }));
  expect((await it.ask("www.shop.localhost", "/")).status).toBe(200);
  await succeeded(it, await unpublish(it.context, { app, domain: "www.shop.localhost" }));
  expect((await it.ask("www.shop.localhost", "/")).status).toBe(404);
  let asking = true;
  const seen: number[] = [];
  const visitor = (async () => {
    while (asking) seen.push((await it.ask(domain, "/orders/count")).status);
  })();
  await succeeded(it, await restart(it.context, { app, slot: "green" }));
  asking = false;
  await visitor;
  expect(new Set(seen)).toEqual(new Set([200]));
});
