import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { readTable } from "#lib/gate/route-file.ts";
import { createGateways } from "#lib/gateway/client.ts";
import { askGateway, type Handler, STAGING, startApp, until } from "#lib/gateway/testing.ts";
import { readAppRoutes } from "#lib/store/app-routes.ts";
import { startTestStores, type TestStores } from "#lib/store/testing.ts";
import { ENTRY, end, ProcessSite } from "./testing.ts";

let stores: TestStores;
beforeAll(async () => {
  stores = await startTestStores();
});
afterAll(() => stores.stop());

let site: ProcessSite;
beforeEach(async () => {
  site = await ProcessSite.make();
});
afterEach(() => site.remove());

test("killed in a hold and started again, it holds at once and lets go to the slot that the engine names", async () => {
  site.writeRoutes();
  const first = await site.start();
  const gateways = createGateways({ home: site.home });
  const now = Date.now();
  await gateways.hold({
    app: "shop",
    runId: "r",
    token: 1,
    holdUntil: now + 20_000,
    expiresAt: now + 30_000,
  });
  const lost = askGateway(site.port).then(
    () => "answered",
    () => "cut",
  );
  await site.killAll(first);
  expect(await lost).toBe("cut");
  await expect(gateways.ping()).rejects.toMatchObject({ code: "gateway-silent" });
  await site.start();
  let answered = false;
  const held = askGateway(site.port).then((answer) => {
    answered = true;
    return answer;
  });
  expect(await gateways.holding("shop", "r", 1_000)).toBe(true);
  await gateways.drain("shop", { timeoutMs: 10_000, signal: AbortSignal.timeout(20_000) });
  await gateways.route({ ...site.routes, version: 2, live: "green" }, 1);
  expect(answered).toBe(false);
  expect(await gateways.release("shop", "r", 1)).toMatchObject({ held: 1, refused: 0 });
  expect((await held).text).toBe("green GET /");
});

test("SIGTERM: what is in flight is answered, nothing new is taken, and no file is left", async () => {
  let finish: () => void = () => {};
  const slow: Handler = (_req, res) => {
    finish = () => res.end("finished");
  };
  await site.blue.stop();
  site.blue = await startApp(slow);
  site.writeRoutes();
  const child = await site.start();
  const asked = askGateway(site.port);
  const before = finish;
  await until(() => finish !== before);
  const exited = end(child, "SIGTERM");
  await until(() =>
    askGateway(site.port, { host: STAGING }).then(
      () => false,
      () => true,
    ),
  );
  // The engine still has to reach the one that serves.
  expect(site.workers.length).toBeGreaterThan(0);
  finish();
  expect((await asked).text).toBe("finished");
  expect(await exited).toBe(0);
  expect([site.workers, site.keeper]).toEqual([[], null]);
});

test("a taken port ends it with an error rather than with a second announcement", async () => {
  site.writeRoutes();
  const first = await site.start();
  const before = site.workers;
  const env = site.environment();
  const second = spawn(process.execPath, [ENTRY], { env, stdio: "ignore" });
  expect((await once(second, "exit"))[0]).toBe(1);
  expect([site.keeper?.pid, site.workers]).toEqual([first.pid, before]);
});

test("a damaged file of routes is not taken for an empty one", async () => {
  writeFileSync(join(site.dir, "routes.json"), '{"version":1,"apps":[{"app":"sh');
  await site.start();
  expect((await askGateway(site.port)).status).toBe(503);
  const gateways = createGateways({ home: site.home });
  await gateways.route(site.routes, 1);
  expect((await askGateway(site.port)).text).toBe("blue GET /");
});

test("it follows the store, comes back to it, and serves on without it", async () => {
  const { store, url, cluster } = await stores.create();
  const manifest = { name: "shop", version: "1.0", processes: { web: "x" }, health: { path: "/up" } };
  await store.app.create({
    data: {
      id: "a1",
      name: "shop",
      liveSlot: "blue",
      domains: { create: [{ host: "shop.test", audience: "public" }] },
      releases: { create: [{ id: "r1", version: "1.0", manifest, dir: "/x", createdBy: "t" }] },
    },
  });
  for (const [name, app] of [
    ["blue", site.blue],
    ["green", site.green],
  ] as const) {
    await store.slot.create({ data: { appId: "a1", name, releaseId: "r1", port: app.port } });
  }
  await site.start(url);
  const says = async () => (await askGateway(site.port)).text;
  await until(async () => (await says()) === "blue GET /");
  const switchTo = (liveSlot: "blue" | "green") =>
    store.$transaction([
      store.app.update({ where: { id: "a1" }, data: { liveSlot, routeVersion: { increment: 1 } } }),
      store.$executeRaw`SELECT pg_notify('signalbox_routes', 'shop')`,
    ]);
  const at = performance.now();
  await switchTo("green");
  await until(async () => (await says()) === "green GET /");
  // By notification: the first reading was just now, and the next poll is 3 s after it.
  expect(performance.now() - at).toBeLessThan(2_500);
  // Routes are in force first and on disk a moment later.
  const routes = await readAppRoutes(store, "shop");
  await until(() => isDeepStrictEqual(readTable(join(site.dir, "routes.json"))?.apps, [routes]));
  // Its connection is cut: it comes back by itself.
  await store.$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'signalbox gateway'`;
  await switchTo("blue");
  await until(async () => (await says()) === "blue GET /");
  await store.$disconnect();
  await cluster.server.stop();
  for (let times = 0; times < 20; times += 1) expect(await says()).toBe("blue GET /");
});
