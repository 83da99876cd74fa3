/** `reads: serve`: what only reads goes on in the window of a switch, and nothing waits for it. */
import { request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { closeGate, openGate } from "#lib/gate/person-lock.ts";
import { SecondDoor } from "#lib/gate/second-door.ts";
import { call } from "./call.ts";
import {
  type Handler,
  PUBLIC,
  SECRET_KEY,
  type Site,
  STAGING,
  sayName,
  startSite,
  until,
  waiting,
} from "./testing.ts";

let site: Site;
afterEach(() => site.stop());

const WINDOW = { readsGoOn: true };
const holdForSwitch = () => site.hold("r", 1, 30_000, WINDOW);
const drain = (timeoutMs: number, more: { readsGoOn?: boolean; port?: number } = WINDOW) =>
  site.gateways.drain("shop", { timeoutMs, signal: AbortSignal.timeout(20_000), ...more });

/** Answers a path with /slow when told to, and everything else at once. */
function slowly(name: string): { handler: Handler; open: () => void; asked: string[] } {
  const stuck: (() => void)[] = [];
  const asked: string[] = [];
  const say = sayName(name);
  return {
    asked,
    open: () => {
      for (const go of stuck.splice(0)) go();
    },
    handler(req, res) {
      asked.push(`${req.method} ${req.url}`);
      if (req.url!.startsWith("/slow")) stuck.push(() => say(req, res));
      else say(req, res);
    },
  };
}

test("reads are served through the whole window, by the new slot from the route on; writes and testers wait", async () => {
  site = await startSite({ routes: { reads: "serve" } });
  await holdForSwitch();
  const post = site.ask({ method: "POST", body: "b" });
  const staging = site.ask({ host: STAGING });
  await until(async () => (await waiting(site)) === 2);
  for (const method of ["GET", "OPTIONS"])
    expect((await site.ask({ method, path: "/p?q" })).text).toBe(`blue ${method} /p?q`);
  expect((await site.ask({ method: "HEAD" })).status).toBe(200);
  await drain(1_000);
  await site.gateways.route({ ...site.routes, version: 2, live: "green" }, 1);
  expect((await site.ask()).text).toBe("green GET /");
  expect(await waiting(site)).toBe(2);
  expect(await site.gateways.release("shop", "r", 1)).toMatchObject({ held: 2, served: 4, refused: 0 });
  expect((await post).text).toBe("green POST /");
  expect((await staging).text).toBe("blue GET /");
});

test("the drain of a switch leaves reads, whenever they began, and waits for every write", async () => {
  const blue = slowly("blue");
  site = await startSite({ blue: blue.handler, routes: { reads: "serve" } });
  const before = site.ask({ path: "/slow/before" });
  await until(() => blue.asked.length === 1);
  const write = site.ask({ path: "/slow/write", method: "POST", body: "b" });
  await until(() => blue.asked.length === 2);
  await holdForSwitch();
  const inWindow = site.ask({ path: "/slow/in-window" });
  await until(() => blue.asked.length === 3);
  await expect(drain(50)).rejects.toMatchObject({
    code: "drain-timeout",
    message: expect.stringMatching(/a request was still.*POST \/slow\/write/),
  });
  const drained = drain(10_000);
  blue.open();
  await drained;
  expect((await write).text).toBe("blue POST /slow/write");

  const late = site.ask({ path: "/slow/late" });
  await until(() => blue.asked.length === 4);
  await drain(10_000);
  // Who stops the slot waits for them all the same.
  for (const all of [{}, { port: site.blue.port }])
    await expect(drain(50, all)).rejects.toMatchObject({ message: expect.stringContaining("/slow/late") });
  blue.open();
  await drain(10_000, {});
  for (const answer of [before, inWindow, late]) expect((await answer).text).toMatch(/^blue GET/);
});

test("reads begun while the last write is under way do not keep the drain waiting", async () => {
  const blue = slowly("blue");
  site = await startSite({ blue: blue.handler, routes: { reads: "serve" } });
  const write = site.ask({ path: "/slow", method: "POST", body: "b" });
  await until(() => blue.asked.length === 1);
  await holdForSwitch();
  const drained = drain(20_000);
  let going = true;
  const reader = (async () => {
    while (going) expect((await site.ask()).status).toBe(200);
  })();
  blue.open();
  await Promise.all([drained, write]);
  going = false;
  await reader;
});

test("an app that did not ask for it waits, and so does every read in a hold that stops the slot", async () => {
  site = await startSite();
  await holdForSwitch();
  const asked = [site.ask()];
  await until(async () => (await waiting(site)) === 1);
  await site.gateways.release("shop", "r", 1);
  await site.gateways.route({ ...site.routes, version: 2, reads: "serve" }, 1);
  await site.hold("s", 1);
  asked.push(site.ask());
  await until(async () => (await waiting(site)) === 1);
  await site.gateways.release("shop", "s", 1);
  for (const answer of await Promise.all(asked)) expect(answer.text).toBe("blue GET /");
});

test("event streams and WebSockets wait as ever, a probe is answered, and the second door agrees", async () => {
  site = await startSite({ routes: { reads: "serve" } });
  await holdForSwitch();
  const events = site.ask({ headers: { accept: "text/event-stream" } });
  await until(async () => (await waiting(site)) === 1);
  const upgrade = { connection: "Upgrade", upgrade: "websocket" };
  const socket = request({ port: site.gateway.address.port, headers: { host: PUBLIC, ...upgrade } });
  socket.on("error", () => {}).end();
  await until(async () => (await waiting(site)) === 2);
  socket.destroy();
  expect((await site.ask({ path: "/healthz" })).text).toBe("ok\n");
  const second = new SecondDoor({
    home: site.home,
    dashboardHosts: ["localhost"],
    secretKey: () => SECRET_KEY,
  });
  const atSecond = (method: string) =>
    second.ask({ method, path: "/", header: (name) => (name === "host" ? PUBLIC : null) });
  for (const method of ["GET", "POST"]) expect(atSecond(method)).toMatchObject({ act: "to-gateway" });

  closeGate(site.home, "shop");
  expect((await site.ask()).status).toBe(503);
  expect(atSecond("GET")).toMatchObject({ act: "answer", answer: { status: 503 } });
  expect((await events).status).toBe(503);
  openGate(site.home, "shop");
});

test("from holdUntil on a hold that lasts too long refuses reads too", async () => {
  site = await startSite({ routes: { reads: "serve" } });
  await site.hold("r", 1, 2_000, WINDOW);
  expect((await site.ask()).status).toBe(200);
  await until(async () => (await site.ask()).status === 503);
});

test("the gate is said to be held although reads are served", async () => {
  site = await startSite({ routes: { reads: "serve" } });
  await holdForSwitch();
  const { control } = site.gateway;
  const stats = await call({ address: control, secret: control.secret }, "stats", {}, { timeoutMs: 10_000 });
  expect(stats.gates).toEqual([{ app: "shop", state: "held", waiting: 0 }]);
});
