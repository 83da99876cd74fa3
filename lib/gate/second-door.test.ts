import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isDoorProof } from "./door-pass.ts";
import { lockPath, writeEngineLock } from "./lock-file.ts";
import { type AppRoutes, DEFAULT_LIMITS } from "./routes.ts";
import { SecondDoor } from "./second-door.ts";

const KEY = "cd".repeat(32);
let dir: string;
let door: SecondDoor;
let lock: string;

const routes = (live: "blue" | null): AppRoutes => ({
  app: "shop",
  version: 1,
  domains: [
    { host: "shop.test", audience: "public" },
    { host: "staging.test", audience: "staging" },
  ],
  live,
  stagingAccess: "open",
  slots: [
    {
      slot: "blue",
      targets: [{ scheme: "http", host: "127.0.0.1", port: 1 }],
      release: "a",
      paused: false,
      assets: [],
    },
    {
      slot: "green",
      targets: [{ scheme: "http", host: "127.0.0.1", port: 2 }],
      release: "b",
      paused: false,
      assets: [],
    },
  ],
  healthPath: "/",
  reads: "hold",
  limits: DEFAULT_LIMITS,
});
const writeRoutes = (apps: AppRoutes[]) =>
  writeFileSync(join(dir, "routes.json"), JSON.stringify({ version: 1, dashboardHosts: [], apps }));

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "signalbox-door-"));
  const home = { dir, root: dir, maintenance: join(dir, "maintenance") };
  mkdirSync(join(home.maintenance, "shop"), { recursive: true });
  lock = lockPath(home, "shop");
  writeRoutes([routes("blue")]);
  door = new SecondDoor({ home, dashboardHosts: ["panel.test", "127.0.0.1"], secretKey: () => KEY });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function ask(host: string | null, headers: Record<string, string> = {}, path = "/login") {
  const all: Record<string, string> = { ...headers, ...(host === null ? {} : { host }) };
  return door.ask({ method: "POST", path, header: (name) => all[name] ?? null });
}
const status = (answer: ReturnType<typeof ask>) =>
  answer.act === "answer" ? answer.answer.status : answer.act;

test("the dashboard's hosts pass whatever the path and the lock say", () => {
  execFileSync("touch", [lock]);
  expect(ask("panel.test:3000")).toEqual({ act: "next" });
  expect(ask("127.0.0.1")).toEqual({ act: "next" });
});

test("a tenant's host goes to the gateway with proof of where it was meant to go", () => {
  const answer = ask("Shop.test:8080", { "x-signalbox-host": "evil.test", "x-signalbox-door": "forged" });
  expect(answer).toMatchObject({ act: "to-gateway", headers: { "x-signalbox-host": "Shop.test:8080" } });
  if (answer.act !== "to-gateway") return;
  expect(isDoorProof(KEY, "Shop.test:8080", answer.headers["x-signalbox-door"]!)).toBe(true);
  expect(isDoorProof(KEY, "other.test", answer.headers["x-signalbox-door"]!)).toBe(false);
});

test("a lock is a 503 here too, at once, with Retry-After; staging goes on", () => {
  execFileSync("touch", [lock]);
  const answer = ask("shop.test", { accept: "application/json" });
  expect(answer).toMatchObject({ act: "answer", answer: { status: 503, headers: { "retry-after": "60" } } });
  expect(status(ask("staging.test"))).toBe("to-gateway");
  rmSync(lock);
  expect(status(ask("shop.test"))).toBe("to-gateway");
});

test("who has to wait is sent to wait at the gateway", () => {
  const now = Date.now();
  writeEngineLock(lock, {
    app: "shop",
    runId: "r",
    token: 1,
    holdUntil: now + 9_000,
    expiresAt: now + 10_000,
  });
  expect(status(ask("shop.test"))).toBe("to-gateway");
});

test("unknown and missing hosts are 404, and routes count as soon as they are written", () => {
  expect(status(ask("nobody.test"))).toBe(404);
  expect(status(ask(null))).toBe(404);
  writeRoutes([{ ...routes(null), domains: [{ host: "nobody.test", audience: "public" }] }]);
  expect(status(ask("nobody.test"))).toBe(503);
  expect(status(ask("shop.test"))).toBe(404);
  writeFileSync(join(dir, "routes.json"), "{");
  expect(status(ask("nobody.test"))).toBe(503);
});

test("a body that Next would cut off is refused", () => {
  const mb10 = 10 * 1024 * 1024;
  expect(status(ask("shop.test", { "content-length": String(mb10) }))).toBe("to-gateway");
  expect(status(ask("shop.test", { "content-length": String(mb10 + 1) }))).toBe(413);
  expect(status(ask("shop.test", { "transfer-encoding": "chunked" }))).toBe(411);
});
