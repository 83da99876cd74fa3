import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Home } from "#lib/config/home.ts";
import { readTable } from "#lib/gate/route-file.ts";
import { createGateways } from "#lib/gateway/client.ts";
import { livingGateways } from "#lib/gateway/control-file.ts";
import {
  askGateway,
  type Handler,
  STAGING,
  sayName,
  shopRoutes,
  startApp,
  type TestApp,
  until,
} from "#lib/gateway/testing.ts";
import { readAppRoutes } from "#lib/store/app-routes.ts";
import { startTestStores, type TestStores } from "#lib/store/testing.ts";

const ENTRY = join(import.meta.dirname, "gateway.ts");
let dir: string;
let home: Home;
let port: number;
let blue: TestApp;
let green: TestApp;
let stores: TestStores;
const children: ChildProcess[] = [];

beforeAll(async () => {
  stores = await startTestStores();
});
afterAll(() => stores.stop());

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "signalbox-gateway-process-"));
  home = { dir, root: dir, maintenance: join(dir, "maintenance") };
  mkdirSync(home.maintenance);
  port = await freePort();
  blue = await startApp(sayName("blue"));
  green = await startApp(sayName("green"));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await Promise.all([blue.stop(), green.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: free } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return free;
}

const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env.PATH,
  NODE_ENV: "production" as const,
  SIGNALBOX_HOME: dir,
  SIGNALBOX_PORT: String(port),
  SIGNALBOX_LOG_LEVEL: "error",
  ...more,
});

/** Nothing listens on port 1: by default the store is away. */
async function startProcess(databaseUrl = "postgresql://nobody@127.0.0.1:1/none"): Promise<ChildProcess> {
  const env = environment({ DATABASE_URL: databaseUrl });
  const child = spawn(process.execPath, [ENTRY], { env, stdio: ["ignore", "ignore", "inherit"] });
  children.push(child);
  await until(() => livingGateways(home).some(({ pid }) => pid === child.pid));
  return child;
}

const writeRoutes = (): void => {
  const table = { version: 1, dashboardHosts: [], apps: [shopRoutes(blue.port, green.port)] };
  writeFileSync(join(dir, "routes.json"), JSON.stringify(table));
};

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, "exit");
  child.kill(signal);
  return (await exited)[0];
}

test("killed in a hold and started again, it holds at once and lets go to the slot that the engine names", async () => {
  writeRoutes();
  const first = await startProcess();
  const gateways = createGateways({ home });
  const now = Date.now();
  await gateways.hold({
    app: "shop",
    runId: "r",
    token: 1,
    holdUntil: now + 20_000,
    expiresAt: now + 30_000,
  });
  const lost = askGateway(port).then(
    () => "answered",
    () => "cut",
  );
  await kill(first, "SIGKILL");
  expect(await lost).toBe("cut");
  await expect(gateways.ping()).rejects.toMatchObject({ code: "gateway-silent" });
  await startProcess();
  let answered = false;
  const held = askGateway(port).then((answer) => {
    answered = true;
    return answer;
  });
  expect(await gateways.holding("shop", "r", 1_000)).toBe(true);
  await gateways.drain("shop", { timeoutMs: 10_000, signal: AbortSignal.timeout(20_000) });
  await gateways.route({ ...shopRoutes(blue.port, green.port), version: 2, live: "green" }, 1);
  expect(answered).toBe(false);
  expect(await gateways.release("shop", "r", 1)).toMatchObject({ held: 1, refused: 0 });
  expect((await held).text).toBe("green GET /");
});

test("SIGTERM: what is in flight is answered, nothing new is taken, and its file is gone", async () => {
  let finish: () => void = () => {};
  const slow: Handler = (_req, res) => {
    finish = () => res.end("finished");
  };
  await blue.stop();
  blue = await startApp(slow);
  writeRoutes();
  const child = await startProcess();
  const asked = askGateway(port);
  const before = finish;
  await until(() => finish !== before);
  const exited = kill(child, "SIGTERM");
  await until(() => livingGateways(home).length === 0);
  await until(() =>
    askGateway(port, { host: STAGING }).then(
      () => false,
      () => true,
    ),
  );
  finish();
  expect((await asked).text).toBe("finished");
  expect(await exited).toBe(0);
});

test("a taken port ends it with an error rather than with a second announcement", async () => {
  writeRoutes();
  const first = await startProcess();
  const env = environment();
  const second = spawn(process.execPath, [ENTRY], { env, stdio: "ignore" });
  expect((await once(second, "exit"))[0]).toBe(1);
  expect(livingGateways(home).map(({ pid }) => pid)).toEqual([first.pid]);
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
    ["blue", blue],
    ["green", green],
  ] as const) {
    await store.slot.create({ data: { appId: "a1", name, releaseId: "r1", port: app.port } });
  }
  await startProcess(url);
  const says = async () => (await askGateway(port)).text;
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
  await until(() => isDeepStrictEqual(readTable(join(dir, "routes.json"))?.apps, [routes]));
  // Its connection is cut: it comes back by itself.
  await store.$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'signalbox gateway'`;
  await switchTo("blue");
  await until(async () => (await says()) === "blue GET /");
  await store.$disconnect();
  await cluster.server.stop();
  for (let times = 0; times < 20; times += 1) expect(await says()).toBe("blue GET /");
});
