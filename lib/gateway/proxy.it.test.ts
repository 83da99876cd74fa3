import { createHash, randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterEach, describe, expect, test } from "vitest";
import { doorProof } from "#lib/gate/door-pass.ts";
import {
  type Handler,
  PUBLIC,
  SECRET_KEY,
  type Site,
  STAGING,
  startSite,
  until,
  waiting,
} from "./testing.ts";

let site: Site;
afterEach(() => site.stop());

const MB = 1024 * 1024;

/** Chunks of one random block, and the hash of all of it. */
function stream(bytes: number): { readable: Readable; hash: string } {
  const block = randomBytes(MB);
  const hash = createHash("sha256");
  for (let sent = 0; sent < bytes; sent += MB) hash.update(block);
  const chunks = function* () {
    for (let sent = 0; sent < bytes; sent += MB) yield block;
  };
  return { readable: Readable.from(chunks()), hash: hash.digest("hex") };
}

const echoHeaders: Handler = (req, res) => res.end(JSON.stringify(req.rawHeaders));
const pairs = (text: string): Record<string, string[]> => {
  const raw = JSON.parse(text) as string[];
  const out: Record<string, string[]> = {};
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    out[name] = [...(out[name] ?? []), raw[index + 1]!];
  }
  return out;
};

describe("streaming", () => {
  test("50 MB up and 50 MB down arrive whole, in bounded memory, chunked or with a length", async () => {
    const down = stream(50 * MB);
    const received: string[] = [];
    site = await startSite({
      async blue(req, res) {
        if (req.method === "GET") {
          await pipeline(stream50(down), res).catch(() => {});
          return;
        }
        const hash = createHash("sha256");
        for await (const chunk of req) hash.update(chunk as Buffer);
        received.push(hash.digest("hex"));
        res.end("stored");
      },
    });
    const { port } = site.gateway.address;
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 5);
    const sent: string[] = [];
    for (const headers of [{ "content-length": String(50 * MB) }, { "transfer-encoding": "chunked" }]) {
      const up = stream(50 * MB);
      sent.push(up.hash);
      const req = request({ port, host: "127.0.0.1", method: "POST", headers: { host: PUBLIC, ...headers } });
      const answered = new Promise<number>((resolve) =>
        req.on("response", (res) => resolve(res.resume().statusCode!)),
      );
      await pipeline(up.readable, req);
      expect(await answered).toBe(200);
    }
    expect(received).toEqual(sent);
    const hash = createHash("sha256");
    await new Promise<void>((resolve, reject) => {
      request({ port, host: "127.0.0.1", headers: { host: PUBLIC } }, async (res) => {
        try {
          for await (const chunk of res) hash.update(chunk as Buffer);
          resolve();
        } catch (error) {
          reject(error);
        }
      }).end();
    });
    clearInterval(watch);
    expect(hash.digest("hex")).toBe(down.hash);
    // Client, gateway and app all live in this process.
    expect((peak - before) / MB).toBeLessThan(120);
  });

  test("a slow reader slows the app down instead of filling the gateway", async () => {
    let written = 0;
    site = await startSite({
      blue(_req, res) {
        const block = Buffer.alloc(256 * 1024);
        const more = () => {
          while (written < 400 * MB && !res.destroyed) {
            written += block.length;
            if (!res.write(block)) return void res.once("drain", more);
          }
        };
        more();
      },
    });
    const socket = connect(site.gateway.address.port, "127.0.0.1");
    socket.write(`GET / HTTP/1.1\r\nhost: ${PUBLIC}\r\n\r\n`);
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    let last = -1;
    await until(async () => {
      const still = written === last;
      last = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return still;
    });
    expect(written / MB).toBeLessThan(40);
    socket.destroy();
  });

  test("events arrive one by one, are counted as a stream, and end at closeStreams", async () => {
    site = await startSite({
      blue(_req, res) {
        res.writeHead(200, { "content-type": "text/event-stream" });
        res.write("data: 1\n\n");
      },
    });
    const events: string[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      request({ port: site.gateway.address.port, host: "127.0.0.1", headers: { host: PUBLIC } }, (res) => {
        res.on("data", (chunk: Buffer) => events.push(chunk.toString()));
        res.on("end", resolve);
        res.on("error", reject);
      }).end();
    });
    await until(() => events.length === 1);
    // An event stream is no obstacle to a drain.
    await site.gateways.drain("shop", { timeoutMs: 100, signal: AbortSignal.timeout(5000) });
    expect(await site.gateways.closeStreams({ app: "shop", slot: "green" }, 1)).toEqual({ closed: 0 });
    expect(await site.gateways.closeStreams({ app: "shop", slot: "blue" }, 1)).toEqual({ closed: 1 });
    await ended;
  });

  test("an event stream without its first byte yet is no obstacle to a drain either, and its client may come again", async () => {
    let asked = 0;
    site = await startSite({
      blue: () => {
        asked += 1;
      },
    });
    const stream = site.ask({ headers: { accept: "text/event-stream" } });
    stream.catch(() => {});
    await until(() => asked === 1);
    await site.gateways.drain("shop", { timeoutMs: 100, signal: AbortSignal.timeout(5000) });
    expect(await site.gateways.closeStreams({ app: "shop", slot: "blue" }, 1)).toEqual({ closed: 1 });
    await expect(stream).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("an early answer to an upload reaches the client, and the connection stays in step", async () => {
    site = await startSite({
      blue(req, res) {
        if (req.method === "GET") return void res.end("next");
        res.writeHead(413);
        res.end("too large");
      },
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const answer = await site.ask({ method: "POST", agent, body: Buffer.alloc(5 * MB) });
    expect([answer.status, answer.text]).toEqual([413, "too large"]);
    expect((await site.ask({ agent })).text).toBe("next");
    agent.destroy();
  });

  test("an answer that is cut off upstream is cut off for the client too", async () => {
    site = await startSite({
      blue(_req, res) {
        res.writeHead(200, { "content-length": "100" });
        res.write("half");
        setTimeout(() => res.destroy(), 20);
      },
    });
    await expect(site.ask()).rejects.toThrow();
  });

  test("a client that goes away takes its upstream request with it", async () => {
    let closed = false;
    site = await startSite({
      blue: (_req, res) =>
        void res.on("close", () => {
          closed = true;
        }),
    });
    const gone = new AbortController();
    const asked = site.ask({ signal: gone.signal }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    gone.abort();
    await asked;
    await until(() => closed);
  });
});

describe("headers", () => {
  test("the slot sees the client's Host and where the request came from, and nothing of one connection's own", async () => {
    site = await startSite({ blue: echoHeaders });
    const { text } = await site.ask({
      host: "Shop.test:8080",
      headers: {
        connection: "close, x-private",
        "x-private": "1",
        "keep-alive": "1",
        te: "trailers",
        "x-kept": ["a", "b"],
        cookie: "a=1; signalbox_pass=secret; b=2",
        "x-signalbox-host": "evil.test",
        "x-signalbox-door": "forged",
      },
    });
    const seen = pairs(text);
    expect(seen.host).toEqual(["Shop.test:8080"]);
    expect(seen["x-kept"]).toEqual(["a", "b"]);
    expect(seen["x-forwarded-for"]).toEqual(["127.0.0.1"]);
    expect(seen["x-forwarded-proto"]).toEqual(["http"]);
    expect(seen["x-forwarded-host"]).toEqual(["Shop.test:8080"]);
    expect(seen["x-request-id"]![0]).toMatch(/^[\w-]+$/);
    expect(seen.cookie![0]!.replaceAll(" ", "")).toBe("a=1;b=2");
    for (const name of ["x-private", "te", "keep-alive", "x-signalbox-host", "x-signalbox-door"]) {
      expect(seen[name], name).toBeUndefined();
    }
  });

  test("a proxy on this machine is believed about the client, the protocol and the request id", async () => {
    site = await startSite({ blue: echoHeaders });
    const headers = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https", "x-request-id": "abc" };
    const seen = pairs((await site.ask({ headers })).text);
    expect(seen["x-forwarded-for"]).toEqual(["203.0.113.7, 127.0.0.1"]);
    expect(seen["x-forwarded-proto"]).toEqual(["https"]);
    expect(seen["x-request-id"]).toEqual(["abc"]);
  });

  test("answers come through with their cookies, status and length; HEAD, 204 and 304 without a body", async () => {
    site = await startSite({
      blue(req, res) {
        if (req.url === "/204") return void res.writeHead(204).end();
        if (req.url === "/304") return void res.writeHead(304, { etag: '"x"' }).end();
        res.writeHead(418, "Teapot", {
          "set-cookie": ["a=1", "b=2"],
          "content-length": "5",
          "x-powered": "é",
        });
        res.end("hello");
      },
    });
    const full = await site.ask();
    expect([full.status, full.text, full.headers["set-cookie"]]).toEqual([418, "hello", ["a=1", "b=2"]]);
    const head = await site.ask({ method: "HEAD" });
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([418, "", "5"]);
    expect((await site.ask({ path: "/204" })).status).toBe(204);
    const unchanged = await site.ask({ path: "/304" });
    expect([unchanged.status, unchanged.headers.etag]).toEqual([304, '"x"']);
  });

  test("the second door's host is believed with its proof only", async () => {
    site = await startSite();
    const carry = (proof: string) =>
      site.ask({ host: "127.0.0.1", headers: { "x-signalbox-host": STAGING, "x-signalbox-door": proof } });
    expect((await carry(doorProof(SECRET_KEY, STAGING))).text).toBe("green GET /");
    expect((await carry(doorProof(SECRET_KEY, PUBLIC))).status).toBe(502);
    expect((await carry("x")).status).toBe(502);
  });
});

describe("connections to the slot", () => {
  test("a slot that hangs up without an answer is asked once more for what changes nothing, never for a POST", async () => {
    site = await startSite();
    const requests: string[] = [];
    const rude = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (data) => {
        const [line = ""] = data.toString().split("\r\n", 1);
        requests.push(line);
        if (line.includes("/dies") || requests.length === 1) socket.destroy();
        else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
      });
    });
    await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
    const { port } = rude.address() as { port: number };
    const slots = site.routes.slots.map((slot) => ({ ...slot, port }));
    await site.gateways.route({ ...site.routes, version: 2, slots }, 1);
    expect((await site.ask({ path: "/once" })).status).toBe(200);
    expect((await site.ask({ path: "/dies" })).status).toBe(502);
    for (const options of [{ method: "POST" }, { method: "DELETE" }, { method: "PUT", body: "x" }]) {
      expect((await site.ask({ path: "/dies", ...options })).status).toBe(502);
    }
    const verbs = requests.map((line) => line.replace(" HTTP/1.1", ""));
    expect(verbs).toEqual([
      "GET /once",
      "GET /once",
      "GET /dies",
      "GET /dies",
      "POST /dies",
      "DELETE /dies",
      "PUT /dies",
    ]);
    await site.gateway.stop(10);
    rude.close();
  });

  test("a slot whose keep-alive is as short as can be loses no request", async () => {
    site = await startSite({ blue: (_req, res) => res.end("ok") });
    site.blue.server.keepAliveTimeout = 1;
    const statuses: number[] = [];
    for (let index = 0; index < 60; index += 1) {
      statuses.push((await site.ask()).status);
      await new Promise((resolve) => setTimeout(resolve, index % 7));
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test("a slot that is not there is a 502 and counts as failed", async () => {
    site = await startSite();
    await site.blue.stop();
    const answer = await site.ask({ headers: { accept: "application/json" } });
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([502, "no-answer"]);
    expect(answer.headers["x-request-id"]).toBeDefined();
    site.blue = { ...site.blue, stop: async () => {} };
  });

  test("Expect: 100-continue is answered after the hold, and not at all when the gate is closed", async () => {
    site = await startSite({
      blue: (req, res) => {
        let size = 0;
        req.on("data", (chunk: Buffer) => {
          size += chunk.length;
        });
        req.on("end", () => res.end(`got ${size} ${req.headers.expect ?? "-"}`));
      },
    });
    const post = () => {
      const req = request({
        port: site.gateway.address.port,
        host: "127.0.0.1",
        method: "POST",
        headers: { host: PUBLIC, expect: "100-continue", "content-length": "4" },
      });
      let continued = false;
      req.on("continue", () => {
        continued = true;
        req.end("body");
      });
      const text = new Promise<string>((resolve, reject) => {
        req.on("error", reject);
        req.on("response", (res) => {
          let body = `${res.statusCode} `;
          res.on("data", (chunk) => {
            body += chunk;
          });
          res.on("end", () => resolve(body));
        });
      });
      req.flushHeaders();
      return { text, continued: () => continued, req };
    };
    await site.hold("r", 1);
    const held = post();
    await until(async () => (await waiting(site)) === 1);
    expect(held.continued()).toBe(false);
    await site.gateways.release("shop", "r", 1);
    expect(await held.text).toBe("200 got 4 -");
    const { closeGate } = await import("#lib/gate/person-lock.ts");
    closeGate(site.home, "shop");
    const refused = post();
    expect(await refused.text).toContain("503 ");
    expect(refused.continued()).toBe(false);
  });
});

/** A fresh stream of the same bytes that `made` was hashed from. */
function stream50(made: { readable: Readable }): Readable {
  return made.readable;
}
