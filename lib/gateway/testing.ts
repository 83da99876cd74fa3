/** For tests: a gateway in this process, apps behind it as real HTTP servers, and clients that say what they saw. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import {
  type Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import type { Gateways } from "#lib/engine/ports.ts";
import { lockPath } from "#lib/gate/lock-file.ts";
import { type AppRoutes, DEFAULT_LIMITS } from "#lib/gate/routes.ts";
import { call } from "./call.ts";
import { createGateways } from "./client.ts";
import { type Gateway, type GatewayOptions, startGateway } from "./gateway.ts";

export const SECRET_KEY = "ab".repeat(32);
export const PUBLIC = "shop.test";
export const STAGING = "staging.shop.test";

export type Handler = (req: IncomingMessage, res: ServerResponse) => void;

export interface TestApp {
  port: number;
  server: Server;
  stop(): Promise<void>;
}

export async function startApp(handler: Handler): Promise<TestApp> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    server,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export interface Site {
  home: Home;
  gateway: Gateway;
  gateways: Gateways;
  blue: TestApp;
  green: TestApp;
  routes: AppRoutes;
  /** Path of the app's lock. */
  lock: string;
  ask(options?: AskOptions): Promise<Answer>;
  /** The engine's hold, with a window of `forMs`. */
  hold(runId: string, token: number, forMs?: number, more?: { readsGoOn?: boolean }): Promise<void>;
  stop(): Promise<void>;
}

/** Blue is live and green idle; each answers with its name, method and path unless given a handler. */
export async function startSite(
  options: { blue?: Handler; green?: Handler; routes?: Partial<AppRoutes> } & Partial<GatewayOptions> = {},
): Promise<Site> {
  const { blue: blueHandler, green: greenHandler, routes: moreRoutes, ...gatewayOptions } = options;
  const dir = mkdtempSync(join(tmpdir(), "signalbox-gateway-"));
  const home: Home = { dir, root: dir, maintenance: join(dir, "maintenance") };
  mkdirSync(join(home.maintenance, "shop"), { recursive: true });
  writeFileSync(join(dir, "secret.key"), SECRET_KEY);
  const blue = await startApp(blueHandler ?? sayName("blue"));
  const green = await startApp(greenHandler ?? sayName("green"));
  const routes = shopRoutes(blue.port, green.port, moreRoutes);
  const gateway = await startGateway({
    home,
    id: "test",
    host: "127.0.0.1",
    port: 0,
    dashboardHosts: ["localhost", "127.0.0.1"],
    dashboard: () => null,
    ...gatewayOptions,
  });
  await gateway.routes.setApp(routes);
  const gateways = createGateways({ home, timeoutMs: 2_000 });
  return {
    home,
    gateway,
    gateways,
    blue,
    green,
    routes,
    lock: lockPath(home, "shop"),
    ask: (ask = {}) => askGateway(gateway.address.port, ask),
    hold: (runId, token, forMs = 10_000, more = {}) =>
      gateways.hold({
        app: "shop",
        runId,
        token,
        holdUntil: Date.now() + forMs,
        expiresAt: Date.now() + forMs + 5_000,
        ...more,
      }),
    async stop() {
      await gateway.stop(100).catch(() => {});
      await Promise.all([blue.stop(), green.stop()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export const shopRoutes = (blue: number, green: number, more: Partial<AppRoutes> = {}): AppRoutes => ({
  app: "shop",
  version: 1,
  domains: [
    { host: PUBLIC, audience: "public" },
    { host: STAGING, audience: "staging" },
  ],
  live: "blue",
  stagingAccess: "open",
  slots: [
    {
      slot: "blue",
      targets: [{ scheme: "http", host: "127.0.0.1", port: blue }],
      release: "1.0",
      paused: false,
      assets: [],
    },
    {
      slot: "green",
      targets: [{ scheme: "http", host: "127.0.0.1", port: green }],
      release: "1.1",
      paused: false,
      assets: [],
    },
  ],
  healthPath: "/healthz",
  reads: "hold",
  limits: DEFAULT_LIMITS,
  ...more,
});

export const sayName =
  (name: string): Handler =>
  (req, res) => {
    req.resume();
    req.on("end", () => res.end(`${name} ${req.method} ${req.url}`));
  };

export interface AskOptions {
  host?: string;
  path?: string;
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  agent?: Agent;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export function askGateway(port: number, options: AskOptions = {}): Promise<Answer> {
  const { host = PUBLIC, path = "/", method = "GET", headers, body, agent = false, signal } = options;
  return new Promise((resolve, reject) => {
    const req = request(
      { port, host: "127.0.0.1", path, method, agent, signal, headers: { host, ...headers } },
      (res) => {
        let text = "";
        res.setEncoding("utf8");
        res.on("data", (chunk: string) => {
          text += chunk;
        });
        res.on("end", () => resolve({ status: res.statusCode!, headers: res.headers, text }));
        res.on("error", reject);
      },
    );
    req.on("error", reject);
    req.end(body);
  });
}

/** Resolves once `holds` is true; it is asked every few milliseconds, for half a minute at most. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`it did not come to pass within ${withinMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** How many requests wait at the gate of the app, by the gateway's own count. */
export async function waiting(site: Site): Promise<number> {
  const { control } = site.gateway;
  const stats = await call({ address: control, secret: control.secret }, "stats", {}, { timeoutMs: 2_000 });
  return stats.gates[0]?.waiting ?? 0;
}
