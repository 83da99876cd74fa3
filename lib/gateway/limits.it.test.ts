/** Too much, too slow, too long: each is said plainly, and by default no write is ever cut. */
import type { IncomingMessage } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "#lib/gate/routes.ts";
import type { Limits } from "./exchange.ts";
import { head, rawClient } from "./testing/raw.ts";
import { type Handler, PUBLIC, type Site, startSite, until, waiting } from "./testing.ts";

let site: Site;
afterEach(() => site.stop());

const host = `Host: ${PUBLIC}`;
const KB = 1024;
const withLimits = (limits: Partial<Limits>, blue?: Handler, more: object = {}) =>
  startSite({ blue, routes: { limits: { ...DEFAULT_LIMITS, ...limits } }, ...more });

/** Counts what arrives and whether it arrived whole. */
function taker() {
  const seen = { requests: 0, bytes: 0, whole: 0, cut: 0 };
  const handler: Handler = (req: IncomingMessage, res) => {
    seen.requests += 1;
    req.on("data", (chunk: Buffer) => {
      seen.bytes += chunk.length;
    });
    req.on("end", () => {
      seen.whole += 1;
      res.end("taken");
    });
    req.on("error", () => {});
    req.on("close", () => {
      if (!req.complete) seen.cut += 1;
    });
  };
  return { seen, handler };
}

describe("headers", () => {
  test("over the app's limit are a 431, within it they pass; nothing of the large ones reaches the slot", async () => {
    const { seen, handler } = taker();
    site = await withLimits({ headerBytes: 2 * KB }, handler);
    const large = { "x-large": "x".repeat(2 * KB) };
    const refused = await site.ask({ headers: { ...large, accept: "application/json" } });
    expect([refused.status, JSON.parse(refused.text).error]).toEqual([431, "headers-too-large"]);
    expect(refused.headers.connection).toBe("close");
    expect((await site.ask({ path: `/${"x".repeat(2 * KB)}` })).status).toBe(431);
    expect(seen.requests).toBe(0);
    expect((await site.ask({ headers: { "x-large": "x".repeat(KB) } })).status).toBe(200);
  });

  test.each(["one header", "many headers", "the path"])(
    "over 64 KiB in %s: 431 from the parser, for every host",
    async (where) => {
      const { seen, handler } = taker();
      site = await withLimits({ headerBytes: 65_536 }, handler);
      const client = rawClient(site);
      const lines = {
        "one header": ["GET / HTTP/1.1", host, `X-Large: ${"x".repeat(70 * KB)}`],
        "many headers": [
          "GET / HTTP/1.1",
          host,
          ...Array.from({ length: 5_000 }, (_, n) => `X-${n}: aaaaaaaa`),
        ],
        "the path": [`GET /${"x".repeat(70 * KB)} HTTP/1.1`, host],
      }[where]!;
      client.send(head(...lines));
      const got = await client.closed;
      expect(got).toMatch(/^HTTP\/1\.1 431 /);
      expect(got).toMatch(/\r\nconnection: close\r\n/i);
      expect(seen.requests).toBe(0);
    },
  );

  test("the dashboard has a limit of its own", async () => {
    site = await startSite({ dashboard: () => ({ host: "127.0.0.1", port: site.blue.port }) });
    const ask = (bytes: number) => site.ask({ host: "localhost", headers: { "x-large": "x".repeat(bytes) } });
    expect((await ask(10 * KB)).status).toBe(200);
    expect((await ask(33 * KB)).status).toBe(431);
  });

  test("that come too slowly are a 408, and one that trickles for ever gets no further", async () => {
    const { seen, handler } = taker();
    site = await startSite({ blue: handler, timeouts: { headersMs: 150, checkMs: 50 } });
    const silent = rawClient(site);
    silent.send(`GET / HTTP/1.1\r\n${host}\r\n`);
    const trickling = rawClient(site);
    trickling.send(`GET / HTTP/1.1\r\n${host}\r\n`);
    const drip = setInterval(() => trickling.send("X-A: b\r\n"), 20);
    for (const got of await Promise.all([silent.closed, trickling.closed])) {
      expect(got).toMatch(/^HTTP\/1\.1 408 /);
      expect(got).toMatch(/\r\nconnection: close\r\n/i);
    }
    clearInterval(drip);
    expect(seen.requests).toBe(0);
  });
});

describe("bodies", () => {
  test("over the limit by their length are a 413 before anything reaches the slot, held or not", async () => {
    const { seen, handler } = taker();
    site = await withLimits({ bodyBytes: 100 * KB }, handler);
    const refused = await site.ask({ method: "POST", body: Buffer.alloc(3_000 * KB) });
    expect(refused.status).toBe(413);
    expect(refused.headers.connection).toBe("close");
    await site.hold("r", 1);
    expect((await site.ask({ method: "POST", body: Buffer.alloc(101 * KB) })).status).toBe(413);
    expect(await waiting(site)).toBe(0);
    await site.gateways.release("shop", "r", 1);
    expect(seen.requests).toBe(0);
    expect((await site.ask({ method: "POST", body: Buffer.alloc(100 * KB) })).text).toBe("taken");
  });

  test("over the limit in chunks are a 413 as soon as they pass it, and never look whole to the slot", async () => {
    const { seen, handler } = taker();
    site = await withLimits({ bodyBytes: 100 * KB }, handler);
    const chunked = { "transfer-encoding": "chunked" };
    const refused = await site.ask({ method: "POST", headers: chunked, body: Buffer.alloc(4_000 * KB) });
    expect(refused.status).toBe(413);
    await until(() => seen.cut === 1);
    expect(seen.whole).toBe(0);
    expect(seen.bytes).toBeLessThanOrEqual(100 * KB);
    expect((await site.ask({ method: "POST", headers: chunked, body: Buffer.alloc(99 * KB) })).text).toBe(
      "taken",
    );
  });

  test("whose sender stops are a 408; a slot that is slow to read is not the sender's fault", async () => {
    const { seen, handler } = taker();
    let read: () => void = () => {};
    site = await startSite({
      blue(req, res) {
        if (req.url === "/later") read = () => handler(req, res);
        else handler(req, res);
      },
      bodyStallMs: 200,
    });
    const client = rawClient(site);
    client.send(`${head("POST / HTTP/1.1", host, "Content-Length: 10")}abc`);
    const got = await client.closed;
    expect(got).toMatch(/^HTTP\/1\.1 408 /);
    expect(got).toMatch(/\r\nconnection: close\r\n/i);
    await until(() => seen.cut === 1);
    expect(seen.whole).toBe(0);
    const slow = site.ask({ path: "/later", method: "POST", body: Buffer.alloc(20_000 * KB) });
    await new Promise((resolve) => setTimeout(resolve, 600));
    read();
    expect((await slow).text).toBe("taken");
  });
});

describe("time", () => {
  const never: Handler = () => {};
  const drips: Handler = (_req, res) => {
    const drip = setInterval(() => res.write("."), 30);
    res.on("close", () => clearInterval(drip));
  };

  test("an answer that does not come is a 504 after idleMs, and says that the app may have acted", async () => {
    site = await withLimits({ idleMs: 100 }, never);
    const late = await site.ask({ method: "POST", body: "x", headers: { accept: "application/json" } });
    expect(late.status).toBe(504);
    expect(JSON.parse(late.text)).toMatchObject({
      error: "timed-out",
      message: expect.stringContaining("may have"),
    });
    expect((await site.ask()).status).toBe(504);
  });

  test("an answer that stops in its middle is cut, one that drips is not idle", async () => {
    site = await withLimits({ idleMs: 200 }, (req, res) => {
      if (req.url !== "/drips") return void res.write("half");
      let drops = 0;
      const drip = setInterval(() => {
        drops += 1;
        res.write(".");
        if (drops < 10) return;
        clearInterval(drip);
        res.end();
      }, 50);
    });
    await expect(site.ask()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect((await site.ask({ path: "/drips" })).text).toBe("..........");
  });

  test("totalMs ends the longest answer, and leaves event streams alone", async () => {
    site = await withLimits({ totalMs: 150 }, (req, res) => {
      if (req.url === "/events") res.setHeader("content-type", "text/event-stream");
      if (req.url === "/never") return;
      drips(req, res);
    });
    expect((await site.ask({ path: "/never" })).status).toBe(504);
    await expect(site.ask()).rejects.toMatchObject({ code: "ECONNRESET" });
    const client = rawClient(site);
    client.send(head("GET /events HTTP/1.1", host));
    await client.until((text) => text.split("1\r\n.\r\n").length > 12);
    client.socket.destroy();
  });

  test("the time at the gate does not count", async () => {
    site = await withLimits({ totalMs: 300, idleMs: 300 });
    await site.hold("r", 1);
    const held = site.ask({ method: "POST", body: "x" });
    await until(async () => (await waiting(site)) === 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await site.gateways.release("shop", "r", 1);
    expect((await held).status).toBe(200);
  });

  test("by default nothing is ever cut", async () => {
    let finish: () => void = () => {};
    site = await startSite({
      blue(req, res) {
        req.resume();
        finish = () => res.end("at last");
      },
    });
    expect(DEFAULT_LIMITS).toMatchObject({ idleMs: 0, totalMs: 0, bodyBytes: null });
    const slow = site.ask({ method: "POST", body: "x" });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    finish();
    expect((await slow).text).toBe("at last");
  });
});
