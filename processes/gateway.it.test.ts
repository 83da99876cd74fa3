import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
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
  for (const child of children.splice(0)) await killAll(child);
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
  SIGNALBOX_GATEWAY_WORKERS: "2",
  ...more,
});

interface KeeperFile {
  pid: number;
  metrics: { port: number };
}

/** What the keeper says of itself once all of its workers serve. */
function keeperFile(): KeeperFile | null {
  try {
    return JSON.parse(readFileSync(join(dir, "run", "gateway-main.json"), "utf8"));
  } catch {
    return null;
  }
}

const workers = () => livingGateways(home).map(({ pid }) => pid);

/** Nothing listens on port 1: by default the store is away. */
async function startProcess(databaseUrl = "postgresql://nobody@127.0.0.1:1/none"): Promise<ChildProcess> {
  const env = environment({ DATABASE_URL: databaseUrl });
  const child = spawn(process.execPath, [ENTRY], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
    detached: true,
  });
  children.push(child);
  await until(() => keeperFile()?.pid === child.pid);
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

/** The keeper, and the workers whether they have one or not. */
async function killAll(child: ChildProcess): Promise<void> {
  const left = workers();
  if (child.exitCode === null && child.signalCode === null) await kill(child, "SIGKILL");
  for (const pid of left) signal(pid, "SIGKILL");
  await until(() => workers().length === 0);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended before.
  }
}

/** Visitors with kept and with new connections; what they were answered and how long they waited at most. */
function startVisitors(count = 16) {
  const agent = new Agent({ keepAlive: true });
  const seen = { ok: 0, failed: [] as string[], worstMs: 0 };
  let going = true;
  const visitors = Array.from({ length: count }, async (_, visitor) => {
    while (going) {
      const began = performance.now();
      const asked = askGateway(port, { agent: visitor % 4 === 0 ? undefined : agent });
      await asked.then(
        ({ status }) => {
          if (status === 200) seen.ok += 1;
          else seen.failed.push(String(status));
        },
        (error) => seen.failed.push(error.code ?? String(error)),
      );
      seen.worstMs = Math.max(seen.worstMs, performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  });
  return {
    seen,
    more: (answers = 300) => {
      const wanted = seen.ok + answers;
      return until(() => seen.ok >= wanted);
    },
    async stop() {
      going = false;
      await Promise.all(visitors);
      agent.destroy();
      return seen;
    },
  };
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
  await killAll(first);
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

test("SIGTERM: what is in flight is answered, nothing new is taken, and no file is left", async () => {
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
  await until(() =>
    askGateway(port, { host: STAGING }).then(
      () => false,
      () => true,
    ),
  );
  // The engine still has to reach the one that serves.
  expect(workers().length).toBeGreaterThan(0);
  finish();
  expect((await asked).text).toBe("finished");
  expect(await exited).toBe(0);
  expect([workers(), keeperFile()]).toEqual([[], null]);
});

test("a taken port ends it with an error rather than with a second announcement", async () => {
  writeRoutes();
  const first = await startProcess();
  const before = workers();
  const env = environment();
  const second = spawn(process.execPath, [ENTRY], { env, stdio: "ignore" });
  expect((await once(second, "exit"))[0]).toBe(1);
  expect([keeperFile()?.pid, workers()]).toEqual([first.pid, before]);
});

test("restarted under load, no request fails, and who waits at the gate is served after it", async () => {
  writeRoutes();
  const keeper = await startProcess();
  const gateways = createGateways({ home });
  const visitors = startVisitors();
  await visitors.more();
  const first = workers();
  keeper.kill("SIGHUP");
  await until(() => workers().filter((pid) => !first.includes(pid)).length === 2);
  await visitors.more();
  const now = Date.now();
  await gateways.hold({
    app: "shop",
    runId: "r",
    token: 1,
    holdUntil: now + 30_000,
    expiresAt: now + 40_000,
  });
  const second = workers();
  keeper.kill("SIGHUP");
  await until(() => workers().filter((pid) => !second.includes(pid)).length === 2);
  await gateways.drain("shop", { timeoutMs: 5_000, signal: AbortSignal.timeout(10_000) });
  await gateways.route({ ...shopRoutes(blue.port, green.port), version: 2, live: "green" }, 1);
  expect(await gateways.release("shop", "r", 1)).toMatchObject({ refused: 0 });
  await visitors.more();
  expect((await visitors.stop()).failed).toEqual([]);
  expect(keeperFile()?.pid).toBe(keeper.pid);
  // Those that were replaced end once nobody is left with them.
  await until(() => workers().every((pid) => !first.includes(pid)), 20_000);
});

test("the keeper killed, its workers serve on until the next one has taken over, and nothing fails", async () => {
  writeRoutes();
  const first = await startProcess();
  const visitors = startVisitors();
  await visitors.more();
  const orphans = workers();
  await kill(first, "SIGKILL");
  await visitors.more();
  expect(workers()).toEqual(orphans);
  // Without a keeper they write what the engine says themselves.
  const gateways = createGateways({ home });
  await gateways.route({ ...shopRoutes(blue.port, green.port), version: 2, live: "green" }, 1);
  expect(readTable(join(dir, "routes.json"))?.apps[0]).toMatchObject({ version: 2, live: "green" });
  await startProcess();
  await visitors.more();
  await until(() => workers().every((pid) => !orphans.includes(pid)), 20_000);
  expect((await visitors.stop()).failed).toEqual([]);
  expect((await askGateway(port)).text).toBe("green GET /");
});

test("workers killed under load are replaced, and who comes while there is none waits instead of being refused", async () => {
  writeRoutes();
  await startProcess();
  const visitors = startVisitors();
  await visitors.more();
  const [one = 0] = workers();
  signal(one, "SIGKILL");
  await visitors.more();
  await until(() => workers().length === 2 && !workers().includes(one));
  for (const pid of workers()) signal(pid, "SIGKILL");
  const at = performance.now();
  expect((await askGateway(port)).status).toBe(200);
  expect(performance.now() - at).toBeLessThan(2_000);
  await visitors.more();
  const { failed } = await visitors.stop();
  // Cut off with the worker that had them; nobody was refused.
  expect(failed.filter((code) => code !== "ECONNRESET")).toEqual([]);
});

test("a worker that hangs is noticed and replaced", async () => {
  writeRoutes();
  await startProcess();
  const [one = 0] = workers();
  signal(one, "SIGSTOP");
  await until(() => workers().length === 2 && !workers().includes(one), 20_000);
  for (let times = 0; times < 10; times += 1) expect((await askGateway(port)).status).toBe(200);
});

test("figures are those of all workers, the gone included, and name no path and no host", async () => {
  writeRoutes();
  const keeper = await startProcess();
  const ask = () => askGateway(port, { path: "/a-path?secret" });
  for (let times = 0; times < 20; times += 1) await ask();
  const figures = async () =>
    (await askGateway(keeperFile()!.metrics.port, { path: "/metrics", host: "x" })).text;
  const labels = 'app="shop",slot="blue",audience="public"';
  expect(await figures()).toContain(`signalbox_requests_total{${labels}} 20`);
  expect(await figures()).toContain(`signalbox_answers_total{${labels},status="2xx"} 20`);
  expect(await figures()).toContain(`signalbox_first_byte_seconds_count{${labels}} 20`);
  const before = workers();
  keeper.kill("SIGHUP");
  await until(() => workers().every((pid) => !before.includes(pid)), 20_000);
  await ask();
  const text = await figures();
  expect(text).toContain(`signalbox_requests_total{${labels}} 21`);
  expect(text).not.toMatch(/a-path|secret|shop\.test/);
});

test("a damaged file of routes is not taken for an empty one", async () => {
  writeFileSync(join(dir, "routes.json"), '{"version":1,"apps":[{"app":"sh');
  await startProcess();
  expect((await askGateway(port)).status).toBe(503);
  const gateways = createGateways({ home });
  await gateways.route(shopRoutes(blue.port, green.port), 1);
  expect((await askGateway(port)).text).toBe("blue GET /");
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
