/** Who is believed about where a request came from, and what is written down about it. */
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { AccessEntry } from "./access-log.ts";
import { head, rawClient } from "./testing/raw.ts";
import { type Handler, PUBLIC, type Site, startSite, until, waiting } from "./testing.ts";

let site: Site;
afterEach(() => site.stop());

const echo: Handler = (req, res) => res.end(JSON.stringify(req.headers));
const said = {
  "x-forwarded-for": "203.0.113.7",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "outside.test",
  "x-forwarded-port": "443",
  "x-real-ip": "203.0.113.7",
  forwarded: "for=203.0.113.7;proto=https",
  "x-request-id": "given-1",
  x_forwarded_for: "6.6.6.6",
  "x-forwarded_for": "6.6.6.6",
  "X_Real-IP": "6.6.6.6",
};
const seenBySlot = async (headers: object = said) =>
  JSON.parse((await site.ask({ headers: { ...headers } })).text) as Record<string, string>;

describe("X-Forwarded headers", () => {
  test("of a trusted proxy are believed and continued", async () => {
    site = await startSite({ blue: echo });
    const seen = await seenBySlot();
    expect(seen).toMatchObject({
      "x-forwarded-for": "203.0.113.7, 127.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "outside.test",
      "x-forwarded-port": "443",
      "x-real-ip": "203.0.113.7",
      forwarded: "for=203.0.113.7;proto=https, for=127.0.0.1",
      "x-request-id": "given-1",
    });
    expect(JSON.stringify(seen)).not.toContain("6.6.6.6, ");
    expect(seen.x_forwarded_for).toBeUndefined();
  });

  test.each([[[]], [["10.0.0.0/8"]]])(
    "of anybody else never reach the slot (trusted: %j)",
    async (trustedProxies) => {
      site = await startSite({ blue: echo, trustedProxies });
      const seen = await seenBySlot();
      expect(seen).toMatchObject({
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "http",
        "x-forwarded-host": PUBLIC,
      });
      expect(JSON.stringify(seen)).not.toMatch(/203\.0\.113\.7|6\.6\.6\.6|outside|given-1|443/);
    },
  );
});

describe("the access log", () => {
  const entries: AccessEntry[] = [];
  const start = (more: Parameters<typeof startSite>[0] = {}) => {
    entries.length = 0;
    return startSite({ onAnswered: (entry) => void entries.push(entry), ...more });
  };
  const last = async (count = 1) => {
    await until(() => entries.length >= count);
    return entries.at(-1)!;
  };

  test("says where a request went, how much of it there was and who asked, without its query", async () => {
    site = await start();
    await site.ask({
      method: "POST",
      path: "/buy?card=4111",
      body: "12345",
      headers: { "x-forwarded-for": "1.1.1.1, 203.0.113.7", "x-request-id": "r-7" },
    });
    expect(await last()).toEqual({
      app: "shop",
      slot: "blue",
      audience: "public",
      port: site.blue.port,
      method: "POST",
      host: PUBLIC,
      path: "/buy",
      status: 200,
      bytesIn: 5,
      bytesOut: "blue POST /buy?card=4111".length,
      ms: expect.any(Number),
      heldMs: 0,
      requestId: "r-7",
      client: "203.0.113.7",
      outcome: "passed",
    });
  });

  test("tells held, refused, cut, timed out and unreadable requests apart", async () => {
    site = await start({
      blue: (req, res) => void (req.url === "/never" ? 0 : res.end("ok")),
      routes: { limits: { headerBytes: 16_384, bodyBytes: 3, idleMs: 100, totalMs: 0 } },
    });
    await site.hold("r", 1);
    const held = site.ask();
    await until(async () => (await waiting(site)) === 1);
    await site.gateways.release("shop", "r", 1);
    await held;
    expect(await last()).toMatchObject({ outcome: "held", status: 200 });
    expect(entries.at(-1)!.heldMs).toBeGreaterThan(0);
    await site.ask({ host: "nobody.test" });
    expect(await last(2)).toMatchObject({
      app: null,
      outcome: "refused",
      reason: "unknown-host",
      status: 404,
    });
    const { headers } = await site.ask({ path: "/never" });
    expect(await last(3)).toMatchObject({ outcome: "timed-out", status: 504, port: site.blue.port });
    expect(entries.at(-1)!.requestId).toBe(headers["x-request-id"]);
    await site.ask({ method: "POST", body: "12345" });
    expect(await last(4)).toMatchObject({ outcome: "refused", reason: "body-too-large", slot: null });
    const rude = rawClient(site);
    rude.send("GARBAGE\r\n\r\n");
    await rude.closed;
    expect(await last(5)).toMatchObject({ outcome: "refused", reason: "bad-request", status: 400, host: "" });
    const gone = new AbortController();
    const lost = site.ask({ path: "/never", signal: gone.signal }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 30));
    gone.abort();
    await lost;
    expect(await last(6)).toMatchObject({ outcome: "cut", status: 0, path: "/never" });
  });

  test("has one line per WebSocket, at its end", async () => {
    site = await start();
    const wss = new WebSocketServer({ server: site.blue.server });
    wss.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
    const socket = new WebSocket(`ws://127.0.0.1:${site.gateway.address.port}/ws?token=1`, {
      headers: { host: PUBLIC },
    });
    await new Promise((resolve) => socket.on("open", () => socket.send("hello", resolve)));
    await new Promise((resolve) => socket.once("message", resolve));
    expect(entries).toEqual([]);
    socket.close();
    const entry = await last();
    expect(entry).toMatchObject({ status: 101, outcome: "upgraded", path: "/ws", slot: "blue" });
    expect(entry.bytesIn).toBeGreaterThan(5);
    expect(entry.bytesOut).toBeGreaterThan(5);
  });

  test("nothing is kept for a request of a connection that goes on", async () => {
    site = await start();
    const client = rawClient(site);
    for (let index = 0; index < 5; index += 1) {
      client.send(head(`GET /${index} HTTP/1.1`, `Host: ${PUBLIC}`));
      await client.until((text) => text.includes(`blue GET /${index}`));
    }
    await until(() => entries.length === 5);
    expect(entries.map(({ path }) => path)).toEqual(["/0", "/1", "/2", "/3", "/4"]);
    client.socket.destroy();
  });
});
