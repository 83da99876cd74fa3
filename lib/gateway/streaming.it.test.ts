import { createHash, randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterEach, expect, test } from "vitest";
import { PUBLIC, type Site, startSite, until } from "./testing.ts";

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

test("50 MB up and 50 MB down arrive whole, in bounded memory, chunked or with a length", async () => {
  const down = stream(50 * MB);
  const received: string[] = [];
  site = await startSite({
    async blue(req, res) {
      if (req.method === "GET") {
        await pipeline(down.readable, res).catch(() => {});
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
  await site.gateways.drain("shop", { timeoutMs: 10_000, signal: AbortSignal.timeout(20_000) });
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
  await site.gateways.drain("shop", { timeoutMs: 10_000, signal: AbortSignal.timeout(20_000) });
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
  let asking = false;
  let closed = false;
  site = await startSite({
    blue(_req, res) {
      asking = true;
      res.on("close", () => {
        closed = true;
      });
    },
  });
  const gone = new AbortController();
  const asked = site.ask({ signal: gone.signal }).catch(() => {});
  await until(() => asking);
  gone.abort();
  await asked;
  await until(() => closed);
});
