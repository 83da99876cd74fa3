/** For tests: a whole installation without its dashboard. Real databases, a real gateway and a real engine process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assembleShop, type ShopVersion } from "#examples/shop/assemble.ts";
import { REPOSITORY, readEnvironment } from "#lib/config/environment.ts";
import type { Home } from "#lib/config/home.ts";
import { settlePorts } from "#lib/config/ports.ts";
import { prepareHome } from "#lib/config/prepare-home.ts";
import { stopAllSlotProcesses } from "#lib/drivers/runtime/process/stop-all.ts";
import { livingGateways } from "#lib/gateway/control-file.ts";
import type { OperationContext } from "#lib/operations/context.ts";
import { init } from "#lib/operations/init.ts";
import type { Store } from "#lib/store/client.ts";
import { startTestCluster, startTestStores, type TestCluster, type TestStores } from "#lib/store/testing.ts";

export interface Installation {
  home: Home;
  store: Store;
  storeUrl: string;
  storeCluster: TestCluster;
  dataCluster: TestCluster;
  gatewayPort: number;
  context: OperationContext;
  /** Starts an engine; it is the one that works when no other lives. `env` reaches killable-engine.ts. */
  startEngine(env?: Record<string, string>): ChildProcess;
  /** With SIGKILL, all of them; resolves when they are gone. */
  killEngines(): Promise<void>;
  startGateway(): Promise<ChildProcess>;
  /** Kills the gateway and waits for the next one. */
  restartGateway(): Promise<void>;
  /** Kills the store's server and brings it up again on the same port. */
  restartStore(): Promise<void>;
  /** Folder of an assembled release of the example. */
  release(version: ShopVersion): Promise<string>;
  /** Waits for a run's end. Rejects after 60 s. */
  ended(
    requested: { run: { id: string } },
    timeoutMs?: number,
  ): Promise<{ id: string; status: string; error: string | null; receipt: unknown }>;
  /** One request through the gateway. */
  ask(
    host: string,
    path: string,
    init?: { method?: string; body?: unknown; timeoutMs?: number },
  ): Promise<{ status: number; body: string }>;
  log(name: "engine" | "gateway"): Promise<string>;
  stop(): Promise<void>;
}

export async function startInstallation(): Promise<Installation> {
  const dir = await mkdtemp(join(tmpdir(), "signalbox-installation-"));
  await chmod(dir, 0o755);
  // These servers are killed too, and what was committed must be there afterwards.
  const settings = { synchronous_commit: "on" };
  const stores: TestStores = await startTestStores({ settings });
  const dataCluster = await startTestCluster({ settings });
  const { store, url } = await stores.create();
  const port = await freePort();
  const variables = {
    ...process.env,
    SIGNALBOX_HOME: join(dir, "home"),
    SIGNALBOX_PORT: String(port),
    DATABASE_URL: url,
    SIGNALBOX_DATA_URL: dataCluster.adminUrl,
  };
  const environment = readEnvironment(variables);
  const home = await prepareHome(environment);
  await settlePorts(home, { wanted: port, host: "127.0.0.1", inUse: {} });
  const children = new Set<ChildProcess>();
  const engines = new Set<ChildProcess>();

  const start = (script: string, log: string, env: Record<string, string> = {}) => {
    const file = openSync(join(dir, `${log}.log`), "a");
    const child = spawn(process.execPath, [join(REPOSITORY, script)], {
      env: { ...variables, ...env },
      stdio: ["ignore", file, file],
    });
    children.add(child);
    child.once("exit", () => children.delete(child));
    return child;
  };

  let gateway: ChildProcess | null = null;
  const installation: Installation = {
    home,
    store,
    storeUrl: url,
    storeCluster: stores.cluster,
    dataCluster,
    gatewayPort: port,
    context: {
      store,
      home,
      actor: { kind: "system", id: "test", name: "the test", role: "admin" },
      dashboardHosts: environment.dashboardHosts,
      site: { scheme: "http", port },
    },
    startEngine(env) {
      const engine = start("lib/engine-service/testing/killable-engine.ts", "engine", env);
      engines.add(engine);
      return engine;
    },
    async killEngines() {
      const living = [...engines].filter((engine) => children.has(engine));
      engines.clear();
      for (const engine of living) engine.kill("SIGKILL");
      await Promise.all(living.map((engine) => once(engine, "exit")));
    },
    async startGateway() {
      const child = start("processes/gateway.ts", "gateway");
      gateway = child;
      await until(
        () => livingGateways(home).some(({ pid }) => parentOf(pid) === child.pid),
        "the gateway is up",
      );
      return child;
    },
    async restartGateway() {
      gateway?.kill("SIGKILL");
      if (gateway) await once(gateway, "exit");
      await installation.startGateway();
    },
    async restartStore() {
      process.kill(stores.cluster.server.pid, "SIGKILL");
      await stores.cluster.restart();
    },
    async release(version) {
      const folder = join(dir, `shop-${version}`);
      await assembleShop(version, folder);
      return folder;
    },
    async ended({ run }, timeoutMs = 60_000) {
      let found = await store.run.findUniqueOrThrow({ where: { id: run.id } });
      await until(
        async () => {
          found = await store.run.findUniqueOrThrow({ where: { id: run.id } });
          return found.finishedAt !== null;
        },
        `run ${found.kind} ends`,
        timeoutMs,
      );
      return { id: found.id, status: found.status, error: found.error, receipt: found.receipt };
    },
    ask: (host, path, init) => ask(port, host, path, init),
    log: (name) => readFile(join(dir, `${name}.log`), "utf8").catch(() => ""),
    async stop() {
      for (const child of children) child.kill("SIGTERM");
      await Promise.all([...children].map((child) => once(child, "exit")));
      await stopAllSlotProcesses(home, 1_000);
      await stores.stop();
      await dataCluster.stop();
      if (home.root !== home.dir) await rm(home.root, { recursive: true, force: true });
      await rm(dir, { recursive: true, force: true });
    },
  };
  return installation;
}

/** The shop with 1.0.0 live in blue. */
export async function withLiveShop(installation: Installation): Promise<void> {
  const { deploy } = await import("#lib/operations/deploy.ts");
  const { publish } = await import("#lib/operations/publish.ts");
  const { context } = installation;
  const made = await init(context, {
    name: "shop",
    publicDomains: ["shop.localhost"],
    stagingDomains: ["staging.shop.localhost"],
    stagingAccess: "open",
  });
  await succeeded(installation, made);
  const source = { kind: "folder" as const, path: await installation.release("1.0.0") };
  await succeeded(installation, await deploy(context, { app: "shop", source }));
  await succeeded(
    installation,
    await publish(context, { app: "shop", domain: "shop.localhost", slot: "blue" }),
  );
}

/** Waits for the run and rejects with its error and the engine's log unless it succeeded. */
export async function succeeded(
  installation: Installation,
  requested: { run: { id: string } },
): Promise<Record<string, unknown>> {
  const run = await installation.ended(requested);
  if (run.status === "succeeded") return run.receipt as Record<string, unknown>;
  const log = (await installation.log("engine")).split("\n").slice(-15).join("\n");
  throw new Error(`the run ${run.status}: ${run.error}\n${log}`);
}

/** Rejects after `timeoutMs`, naming what did not come. */
export async function until(
  check: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 30_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function ask(
  port: number,
  host: string,
  path: string,
  { method = "GET", body, timeoutMs = 20_000 }: { method?: string; body?: unknown; timeoutMs?: number } = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host, "content-type": "application/json", accept: "application/json" };
    const outgoing = request(
      { host: "127.0.0.1", port, path, method, headers, agent: false, timeout: timeoutMs },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("timed out")));
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** A gateway's workers announce themselves; who started them is what the test knows. */
function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
