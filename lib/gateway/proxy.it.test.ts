import { request } from "node:http";
import { createServer as createTcpServer } from "node:net";
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

describe("headers", () => {
  test("search engines are asked to stay away from staging, and from nowhere else", async () => {
    site = await startSite({ blue: echoHeaders, green: echoHeaders });
    expect((await site.ask({ host: STAGING })).headers["x-robots-tag"]).toBe("noindex, nofollow");
    expect((await site.ask({ host: PUBLIC })).headers["x-robots-tag"]).toBeUndefined();
  });

  test("the slot sees the client's Host and where the request came from, and nothing of one connection's own", async () => {
    site = await startSite({ blue: echoHeaders });
    const { text } = await site.ask({
      host: "Shop.test:8080",
      headers: {
        connection: "close, x-private",
        "x-private": "1",
        "keep-alive": "1",
        te: "gzip",
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
    expect((await carry(doorProof(SECRET_KEY, PUBLIC))).status).toBe(503);
    expect((await carry("x")).status).toBe(503);
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
    const slots = site.routes.slots.map((slot) => ({
      ...slot,
      targets: [{ scheme: "http" as const, host: "127.0.0.1", port }],
    }));
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
    expect(await held.text).toBe("200 got 4 100-continue");
    const { closeGate } = await import("#lib/gate/person-lock.ts");
    closeGate(site.home, "shop");
    const refused = post();
    expect(await refused.text).toContain("503 ");
    expect(refused.continued()).toBe(false);
  });
});
