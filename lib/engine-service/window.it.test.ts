/** What a release's manifest asks of a switch: reads that go on, pages that are warm, files for open tabs. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockPath } from "#lib/gate/lock-file.ts";
import { deploy } from "#lib/operations/deploy.ts";
import { rollback } from "#lib/operations/rollback.ts";
import { swap } from "#lib/operations/swap.ts";
import { readAppRoutes } from "#lib/store/app-routes.ts";
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

const order = (ref: string) =>
  it.ask("shop.localhost", "/orders", { method: "POST", body: { ref, amount: 5 } });

/** An order whose body is half sent: drain waits for it. */
function slowOrder(ref: string): { status: Promise<number>; finish(): void } {
  const body = JSON.stringify({ ref, amount: 5 });
  const outgoing = request({
    host: "127.0.0.1",
    port: it.gatewayPort,
    path: "/orders",
    method: "POST",
    agent: false,
    headers: {
      host: "shop.localhost",
      "content-type": "application/json",
      "content-length": body.length,
    },
  });
  const status = new Promise<number>((resolve, reject) => {
    outgoing.on("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    outgoing.on("error", reject);
  });
  outgoing.write(body.slice(0, 5));
  return { status, finish: () => outgoing.end(body.slice(5)) };
}

test("a swap to a release that asks for it is warm, and in the next window reads go on", async () => {
  expect((await order("a")).status).toBe(201);
  const path = await it.release("1.1.0");
  const asks = "reads: serve\nwarm: [/, /orders/a]\nassets: [/_next/static]\n";
  const manifest = join(path, "signalbox.yaml");
  const without = (await readFile(manifest, "utf8")).replace(/^warm: .*\n/m, "");
  await writeFile(manifest, without + asks);
  await succeeded(it, await deploy(it.context, { app: "shop", source: { kind: "folder", path } }));
  expect(await readAppRoutes(it.store, "shop")).toMatchObject({
    reads: "hold",
    slots: [
      { slot: "blue", assets: [] },
      { slot: "green", assets: ["/_next/static"] },
    ],
  });

  const swapped = await succeeded(it, await swap(it.context, { app: "shop" }));
  const warmed = swapped.warm as { path: string; process: string; tries: number; firstMs: number }[];
  expect(warmed.map(({ path }) => path)).toEqual(["/healthz", "/", "/orders/a"]);
  for (const each of warmed) {
    expect(each.process).toBe("web");
    expect(each.tries).toBeGreaterThanOrEqual(2);
    expect(each.firstMs).toBeGreaterThan(0);
  }
  expect(await readAppRoutes(it.store, "shop")).toMatchObject({ live: "green", reads: "serve" });
  expect((await order("b")).status).toBe(201);

  const slow = slowOrder("slow");
  const lock = lockPath(it.home, "shop");
  const requested = await rollback(it.context, { app: "shop" });
  await until(() => existsSync(lock), "the hold stands");
  const held = order("held");
  for (let round = 0; round < 3; round += 1)
    expect((await it.ask("shop.localhost", "/orders/b")).status).toBe(200);
  expect(existsSync(lock)).toBe(true);
  slow.finish();
  expect(await slow.status).toBe(201);
  const { requestsServed } = await succeeded(it, requested);
  expect(requestsServed).toBeGreaterThanOrEqual(3);
  const late = await held;
  expect([late.status, JSON.parse(late.body).slot]).toEqual([201, "blue"]);
});
