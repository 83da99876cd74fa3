/** Files of the release that was live before: open tabs get them from the other slot. */
import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { AccessEntry } from "./access-log.ts";
import { call } from "./call.ts";
import { Metrics } from "./metrics.ts";
import { type Handler, PUBLIC, type Site, STAGING, startSite, until } from "./testing.ts";

let site: Site;
afterEach(() => site.stop());

const BIG = 3 * 1024 * 1024;

/** Has the files that it is given, and tells every other path that it is not found. */
function shelf(name: string, files: Record<string, string | Handler>): { handler: Handler; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    handler(req, res) {
      asked.push(`${req.method} ${req.url}`);
      req.resume();
      const file = files[req.url!.split("?", 1)[0]!];
      if (typeof file === "function") file(req, res);
      else if (file === undefined)
        res.writeHead(404, { "content-type": "text/plain" }).end(`${name} has no ${req.url}`);
      else res.writeHead(200, { etag: '"1"', "x-from": name }).end(file);
    },
  };
}

async function start(
  blue: Record<string, string | Handler>,
  green: Record<string, string | Handler>,
  more: { live?: "blue" | "green"; green?: object; onAnswered?: (entry: AccessEntry) => void } = {},
) {
  const shelves = { blue: shelf("blue", blue), green: shelf("green", green) };
  const { live = "blue", onAnswered } = more;
  site = await startSite({
    blue: shelves.blue.handler,
    green: shelves.green.handler,
    ...(onAnswered && { onAnswered }),
  });
  const slots = site.routes.slots.map((slot) => ({
    ...slot,
    assets: ["/assets"],
    ...(slot.slot === "green" ? more.green : {}),
  }));
  site.routes = { ...site.routes, version: 2, live, slots };
  await site.gateways.route(site.routes, 1);
  return shelves;
}

test("what live has not comes from the other slot, whichever is live; what neither has is live's 404", async () => {
  const { green } = await start({ "/assets/new.js": "new" }, { "/assets/old.js": "old" });
  expect((await site.ask({ path: "/assets/new.js" })).text).toBe("new");
  expect(green.asked).toEqual([]);
  const old = await site.ask({ path: "/assets/old.js?dpl=1" });
  expect([old.status, old.text, old.headers["x-from"]]).toEqual([200, "old", "green"]);
  expect(green.asked).toEqual(["GET /assets/old.js?dpl=1"]);
  const head = await site.ask({ path: "/assets/old.js", method: "HEAD" });
  expect([head.status, head.headers["x-from"]]).toEqual([200, "green"]);
  const none = await site.ask({ path: "/assets/none.js" });
  expect([none.status, none.text]).toEqual([404, "blue has no /assets/none.js"]);
  await site.gateways.route({ ...site.routes, version: 3, live: "green" }, 1);
  expect((await site.ask({ path: "/assets/new.js" })).text).toBe("new");
  expect((await site.ask({ path: "/assets/old.js" })).text).toBe("old");
  expect((await site.ask({ path: "/assets/none.js" })).text).toBe("green has no /assets/none.js");
});

test("never for other paths, methods or testers, nor for anything but a 404", async () => {
  const all = { "/page": "page", "/assets/a.js": "a" };
  const gone: Handler = (_req, res) => res.writeHead(410).end("gone");
  const { green } = await start({ "/assets/gone.js": gone }, { ...all, "/assets/gone.js": "not gone" });
  expect((await site.ask({ path: "/page" })).status).toBe(404);
  expect((await site.ask({ path: "/assets/a.js", method: "POST", body: "b" })).status).toBe(404);
  expect((await site.ask({ path: "/assets/a.js", method: "DELETE" })).status).toBe(404);
  expect((await site.ask({ path: "/assets/%2e%2e/page" })).status).toBe(404);
  expect((await site.ask({ path: "/assets/gone.js" })).status).toBe(410);
  // A GET that brings a body is no tab's question for a file.
  const withBody = await site.ask({ path: "/assets/a.js", body: "b", headers: { "content-length": 1 } });
  expect(withBody.status).toBe(404);
  expect(green.asked).toEqual([]);
  expect((await site.ask({ path: "/assets/none.js", host: STAGING })).text).toBe(
    "green has no /assets/none.js",
  );
});

test("an answer of the other slot that is neither 2xx nor 304 leaves the 404, whole and in order", async () => {
  const moved: Handler = (_req, res) => res.writeHead(302, { location: "/login" }).end();
  const broken: Handler = (_req, res) => res.writeHead(500).end("x".repeat(BIG));
  const unchanged: Handler = (_req, res) => res.writeHead(304, { etag: '"1"' }).end();
  const page: Handler = (_req, res) => res.writeHead(404).end("n".repeat(BIG));
  await start(
    { "/assets/moved": page, "/assets/broken": page },
    { "/assets/moved": moved, "/assets/broken": broken, "/assets/unchanged": unchanged },
  );
  for (const path of ["/assets/moved", "/assets/broken"]) {
    const answer = await site.ask({ path });
    expect([answer.status, answer.text.length]).toEqual([404, BIG]);
  }
  const cached = await site.ask({ path: "/assets/unchanged", headers: { "if-none-match": '"1"' } });
  expect([cached.status, cached.headers.etag]).toEqual([304, '"1"']);
  const { control } = site.gateway;
  const stats = await call({ address: control, secret: control.secret }, "stats", {}, { timeoutMs: 10_000 });
  expect(stats.traffic.every(({ inFlight, failed }) => inFlight === 0 && failed === 0)).toBe(true);
});

test("large files are streamed, and a client that leaves ends the other slot's work", async () => {
  let closed = false;
  const endless: Handler = (_req, res) => {
    res.on("close", () => {
      closed = true;
    });
    res.writeHead(200);
    const more = () => {
      while (!res.destroyed && res.write("x".repeat(64 * 1024)));
    };
    res.on("drain", more);
    more();
  };
  await start({}, { "/assets/big.js": "y".repeat(BIG), "/assets/endless.js": endless });
  const big = await site.ask({ path: "/assets/big.js" });
  expect([big.status, big.text.length]).toEqual([200, BIG]);
  const gone = new AbortController();
  const lost = site.ask({ path: "/assets/endless.js", signal: gone.signal });
  setTimeout(() => gone.abort(), 200);
  await expect(lost).rejects.toThrow();
  await until(() => closed);
  await site.gateways.drain("shop", { timeoutMs: 10_000, signal: AbortSignal.timeout(20_000) });
});

test("the other slot is not asked when it has no release or is paused, and its silence costs a 404 nothing else", async () => {
  const files = { "/assets/a.js": "a" };
  for (const green of [{ release: null }, { paused: true }, { assets: [] }]) {
    const shelves = await start({}, files, { green });
    expect((await site.ask({ path: "/assets/a.js" })).status).toBe(404);
    expect(shelves.green.asked).toEqual([]);
    await site.stop();
  }
  await start({}, files);
  await site.green.stop();
  const dead = await site.ask({ path: "/assets/a.js" });
  expect([dead.status, dead.text]).toEqual([404, "blue has no /assets/a.js"]);
  await site.stop();

  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await until(() => silent.listening);
  const { port } = silent.address() as { port: number };
  await start({}, {}, { green: { targets: [{ scheme: "http", host: "127.0.0.1", port }] } });
  expect((await site.ask({ path: "/assets/a.js" })).text).toBe("blue has no /assets/a.js");
  await site.gateways.drain("shop", { timeoutMs: 10_000, signal: AbortSignal.timeout(20_000) });
  silent.close();
});

test("the access log and the metrics say that it came from the other slot", async () => {
  const log: AccessEntry[] = [];
  await start({}, { "/assets/old.js": "old" }, { onAnswered: (entry) => log.push(entry) });
  await site.ask({ path: "/assets/old.js" });
  await site.ask({ path: "/assets/none.js" });
  await until(() => log.length === 2);
  expect(log[0]).toMatchObject({
    slot: "green",
    port: site.green.port,
    audience: "public",
    host: PUBLIC,
    status: 200,
    bytesOut: 3,
    outcome: "passed",
    oldAsset: true,
  });
  expect(log[1]).toMatchObject({ slot: "blue", port: site.blue.port, status: 404 });
  expect(log[1]).not.toHaveProperty("oldAsset");
  const { control } = site.gateway;
  const stats = await call({ address: control, secret: control.secret }, "stats", {}, { timeoutMs: 10_000 });
  const of = (slot: string) => stats.traffic.find((each) => each.slot === slot);
  expect(of("blue")).toMatchObject({ requests: 2, answers: [0, 0, 0, 2, 0], oldAssets: 0, inFlight: 0 });
  expect(of("green")).toMatchObject({ requests: 2, answers: [0, 1, 0, 0, 0], oldAssets: 1, inFlight: 0 });
  const { text } = await new Metrics().render(stats);
  expect(text).toContain('signalbox_old_assets_total{app="shop",slot="green",audience="public"} 1');
});

test("a tab that asks in the window waits like everybody, and drain waits for both slots", async () => {
  const answer: (() => void)[] = [];
  const slow: Handler = (_req, res) => void answer.push(() => res.end("old"));
  await start({}, { "/assets/slow.js": slow });
  const asked = site.ask({ path: "/assets/slow.js" });
  await until(() => answer.length === 1);
  await site.hold("r", 1);
  const drain = (timeoutMs: number) =>
    site.gateways.drain("shop", { timeoutMs, signal: AbortSignal.timeout(20_000) });
  await expect(drain(50)).rejects.toMatchObject({ code: "drain-timeout" });
  answer[0]!();
  await drain(10_000);
  expect((await asked).text).toBe("old");
  await site.gateways.release("shop", "r", 1);
});
