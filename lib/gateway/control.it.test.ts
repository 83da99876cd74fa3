import { readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readTable } from "#lib/gate/route-file.ts";
import { CallRefused, call } from "./call.ts";
import { createGateways } from "./client.ts";
import { SECRET_HEADER } from "./control.ts";
import { issueStagingPass } from "./staging-pass.ts";
import { SECRET_KEY, type Site, STAGING, startSite, until } from "./testing.ts";

let site: Site;
beforeEach(async () => {
  site = await startSite();
});
afterEach(() => site.stop());

/** A bare call, to see statuses. */
function post(path: string, options: { secret?: string; body?: string; method?: string } = {}) {
  const { control } = site.gateway;
  const { secret = control.secret, body = "{}", method = "POST" } = options;
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const headers = { [SECRET_HEADER]: secret };
    const req = request(
      { host: control.host, port: control.port, path, method, headers, agent: false },
      (res) => {
        let text = "";
        res.on("data", (chunk) => {
          text += chunk;
        });
        res.on("end", () => resolve({ status: res.statusCode!, text }));
      },
    );
    req.on("error", reject);
    req.end(method === "GET" ? undefined : body);
  });
}

test("the secret is required, the file that holds it is the owner's only, and input is checked", async () => {
  expect((await post("/ping", { secret: "" })).status).toBe(401);
  expect((await post("/ping", { secret: "x".repeat(64) })).status).toBe(401);
  expect((await post("/ping")).status).toBe(200);
  expect((await post("/nothing")).status).toBe(404);
  expect((await post("/toString")).status).toBe(404);
  expect((await post("/ping", { method: "GET" })).status).toBe(405);
  expect((await post("/drain", { body: "{" })).status).toBe(400);
  expect((await post("/drain", { body: '{"app":1}' })).status).toBe(400);
  expect((await post("/route", { body: "x".repeat(2_000_000) })).status).toBe(413);
  const file = join(site.home.dir, "run", "gateway-test.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ id: "test", pid: process.pid });
});

test("an older version of the routes is refused, the same one is done already, and what is in force is on disk", async () => {
  const { gateways, routes } = site;
  const file = join(site.home.dir, "routes.json");
  await gateways.route({ ...routes, version: 5, live: "green" }, 1);
  expect(readTable(file)?.apps[0]).toMatchObject({ version: 5, live: "green" });
  await gateways.route({ ...routes, version: 5, live: "green" }, 1);
  await expect(gateways.route({ ...routes, version: 4 }, 1)).rejects.toMatchObject({ code: "stale-version" });
  expect((await site.ask()).text).toBe("green GET /");
});

test("a replaced engine's lower token is refused with StaleToken", async () => {
  const { gateways, routes } = site;
  await gateways.route({ ...routes, version: 2 }, 7);
  await expect(gateways.route({ ...routes, version: 3 }, 6)).rejects.toMatchObject({ name: "StaleToken" });
  await expect(gateways.closeStreams({ app: "shop", slot: "blue" }, 6)).rejects.toMatchObject({
    name: "StaleToken",
  });
  await expect(site.hold("r", 6)).rejects.toMatchObject({ name: "StaleToken" });
  // The hold that was refused has left nothing behind.
  expect((await site.ask()).status).toBe(200);
  await site.hold("r", 8);
  await expect(site.hold("other", 9)).rejects.toMatchObject({ code: "gate-held" });
  await expect(gateways.release("shop", "r", 7)).rejects.toMatchObject({ name: "StaleToken" });
  expect(await gateways.holding("shop", "r", 0)).toBe(true);
  await gateways.release("shop", "r", 9);
});

test("a hold that the gateway does not see is refused", async () => {
  const { control } = site.gateway;
  const asked = call(
    { address: control, secret: control.secret },
    "hold",
    { app: "shop", runId: "r", token: 1 },
    { timeoutMs: 10_000 },
  );
  await expect(asked).rejects.toBeInstanceOf(CallRefused);
});

test("no gateway, or one that lives and says nothing, is a refusal; files of the dead are passed over", async () => {
  const run = join(site.home.dir, "run");
  const own = JSON.parse(readFileSync(join(run, "gateway-test.json"), "utf8"));
  writeFileSync(join(run, "gateway-dead.json"), JSON.stringify({ ...own, id: "dead", startTime: "1" }));
  writeFileSync(join(run, "gateway-bad.json"), "{");
  await site.gateways.ping();
  const silent = { ...own, id: "silent", address: { host: "127.0.0.1", port: 1 } };
  writeFileSync(join(run, "gateway-silent.json"), JSON.stringify(silent));
  const refusal = { name: "Refusal", code: "gateway-silent", message: expect.stringContaining("silent") };
  await expect(site.gateways.ping()).rejects.toMatchObject(refusal);
  await expect(site.hold("r", 1)).rejects.toMatchObject(refusal);
  expect((await site.ask()).status).toBe(200);
  const nowhere = createGateways({ home: { ...site.home, dir: join(site.home.dir, "nowhere") } });
  await expect(nowhere.ping()).rejects.toMatchObject({ code: "gateway-silent" });
});

test("stats and metrics tell requests, failures and the gate per slot", async () => {
  for (let index = 0; index < 10; index += 1) await site.ask();
  await site.ask({ host: STAGING });
  await site.blue.stop();
  await site.ask();
  const { control } = site.gateway;
  const stats = await call({ address: control, secret: control.secret }, "stats", {}, { timeoutMs: 10_000 });
  const [live, staging] = stats.traffic;
  expect(live).toMatchObject({
    app: "shop",
    slot: "blue",
    audience: "public",
    requests: 11,
    failed: 1,
    inFlight: 0,
  });
  expect(live!.p50Ms).toBeGreaterThan(0);
  expect(live!.p95Ms!).toBeGreaterThanOrEqual(live!.p50Ms!);
  expect(live!.perSecond).toBeGreaterThan(0);
  expect(staging).toMatchObject({ slot: "green", audience: "staging", requests: 1, failed: 0 });
  expect(stats.gates).toEqual([{ app: "shop", state: "open", waiting: 0 }]);
  const { text } = await post("/metrics", { method: "GET", secret: "" });
  expect(text).toContain('signalbox_requests_total{app="shop",slot="blue",audience="public"} 11');
  expect(text).toContain('signalbox_gate{app="shop",state="open"} 1');
  site.blue = { ...site.blue, stop: async () => {} };
});

test("a staging domain for testers wants a pass that was signed for this app and has not expired", async () => {
  await site.gateways.route({ ...site.routes, version: 2, stagingAccess: "testers" }, 1);
  const enter = (pass: string) =>
    site.ask({ host: STAGING, path: `/.well-known/signalbox/enter?pass=${encodeURIComponent(pass)}` });
  expect((await site.ask({ host: STAGING })).status).toBe(403);
  expect((await site.ask()).status).toBe(200);
  const soon = Date.now() + 60_000;
  for (const wrong of [
    "",
    "shop",
    issueStagingPass(SECRET_KEY, "other", soon),
    issueStagingPass("00".repeat(32), "shop", soon),
    issueStagingPass(SECRET_KEY, "shop", Date.now() - 1),
    issueStagingPass(SECRET_KEY, "shop", soon).replace(/\.\d+\./, `.${soon + 99}.`),
  ]) {
    expect((await enter(wrong)).status, wrong).toBe(403);
  }
  const entered = await enter(issueStagingPass(SECRET_KEY, "shop", soon));
  expect([entered.status, entered.headers.location]).toEqual([303, "/"]);
  const [cookie = ""] = entered.headers["set-cookie"]!;
  expect(cookie).toMatch(/HttpOnly.*SameSite=Lax/);
  const [pair = ""] = cookie.split(";");
  const asked = await site.ask({ host: STAGING, headers: { cookie: `a=b; ${pair}` } });
  expect([asked.status, asked.text]).toEqual([200, "green GET /"]);
  expect((await site.ask({ host: STAGING, headers: { cookie: `${pair}x` } })).status).toBe(403);
});

test("a table from the store moves apps forward, never back, and an empty one changes nothing", async () => {
  const { gateway, routes } = site;
  const table = (apps: (typeof routes)[]) => ({ version: 1, dashboardHosts: [], apps });
  await gateway.routes.setApp({ ...routes, version: 5, live: "green" });
  await gateway.routes.setTable(table([routes]));
  expect(gateway.routes.app("shop")).toMatchObject({ version: 5, live: "green" });
  await gateway.routes.setTable(table([]));
  expect(gateway.routes.app("shop")).toMatchObject({ version: 5 });
  await gateway.routes.setTable(
    table([
      { ...routes, version: 6 },
      { ...routes, app: "blog", domains: [] },
    ]),
  );
  expect(gateway.routes.table.apps.map(({ app, version }) => [app, version])).toEqual([
    ["shop", 6],
    ["blog", 1],
  ]);
  await until(() => readTable(join(site.home.dir, "routes.json"))?.apps.length === 2);
});
