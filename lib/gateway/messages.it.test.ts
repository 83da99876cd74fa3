/** What HTTP/1.1 says about messages, byte by byte where it matters. */
import type { IncomingMessage } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { head, leadTo, rawClient, rawSlot } from "./testing/raw.ts";
import { PUBLIC, type Site, startSite, until, waiting } from "./testing.ts";

let site: Site;
afterEach(() => site.stop());

const host = `Host: ${PUBLIC}`;
const bodyOf = (got: string) => got.slice(got.indexOf("\r\n\r\n") + 4);
const textOf = async (req: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const chunk of req) text += chunk;
  return text;
};

describe("trailers", () => {
  test("of a request reach the slot, without those that could change what the request means", async () => {
    site = await startSite({
      async blue(req, res) {
        const text = await textOf(req);
        res.end(JSON.stringify({ text, trailer: req.headers.trailer, trailers: req.trailers }));
      },
    });
    const client = rawClient(site);
    client.send(
      `${head("POST / HTTP/1.1", host, "Transfer-Encoding: chunked", "Trailer: X-Sum")}` +
        "3\r\nabc\r\n0\r\nX-Sum: 42\r\nHost: evil.test\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
    );
    const got = await client.until((text) => text.includes("trailers"));
    expect(JSON.parse(bodyOf(got))).toEqual({ text: "abc", trailer: "X-Sum", trailers: { "x-sum": "42" } });
    client.socket.destroy();
  });

  test("of an answer reach the client, whether the request had a body or not; TE tells the slot that it may", async () => {
    site = await startSite({
      blue(req, res) {
        req.resume();
        res.writeHead(200, { trailer: "x-sum, x-te" });
        res.write("abc");
        res.addTrailers({ "x-sum": "42", "x-te": String(req.headers.te), "set-cookie": "a=b" });
        res.end();
      },
    });
    for (const lines of [
      ["GET / HTTP/1.1", host, "TE: gzip;q=0, trailers", "Connection: TE"],
      ["POST / HTTP/1.1", host, "TE: trailers", "Content-Length: 0"],
    ]) {
      const client = rawClient(site);
      client.send(head(...lines));
      const got = await client.until((text) => text.includes("0\r\n") && text.endsWith("\r\n\r\n"));
      expect(got).toMatch(/\r\ntrailer: x-sum, x-te\r\n/);
      expect(bodyOf(got)).toBe("3\r\nabc\r\n0\r\nx-sum: 42\r\nx-te: trailers\r\n\r\n");
      client.socket.destroy();
    }
    const withBody = rawClient(site);
    withBody.send(`${head("POST / HTTP/1.1", host, "Content-Length: 2", "TE: trailers")}ab`);
    expect(await withBody.until((text) => text.endsWith("\r\n\r\n"))).toContain("x-sum: 42");
    withBody.socket.destroy();
    // HTTP/1.0 has neither chunks nor trailers.
    const old = rawClient(site);
    old.send(head("GET / HTTP/1.0", host));
    const plain = await old.closed;
    expect(plain).not.toMatch(/trailer|transfer-encoding/i);
    expect(bodyOf(plain)).toBe("abc");
  });
});

describe("interim answers", () => {
  test("103 and 102 reach HTTP/1.1 clients before the answer, and HTTP/1.0 clients never", async () => {
    site = await startSite({
      blue(req, res) {
        req.resume();
        res.writeProcessing();
        res.writeEarlyHints({ link: ["</a.css>; rel=preload", "</b.js>; rel=preload"], "x-hint": "1" });
        setTimeout(() => res.end("done"), 20);
      },
    });
    for (const request of [
      head("GET / HTTP/1.1", host),
      `${head("POST / HTTP/1.1", host, "Content-Length: 1")}a`,
    ]) {
      const client = rawClient(site);
      client.send(request);
      await client.until((text) => text.includes("HTTP/1.1 103 Early Hints\r\n"));
      expect(client.text()).not.toContain("HTTP/1.1 200");
      const got = await client.until((text) => text.includes("done"));
      expect(got).toMatch(/^HTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 103 Early Hints\r\nlink: /i);
      expect(got).toContain("</b.js>; rel=preload");
      client.socket.destroy();
    }
    const old = rawClient(site);
    old.send(head("GET / HTTP/1.0", host));
    expect((await old.closed).match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  test("100 comes from the app itself, and the app's no comes instead of it", async () => {
    site = await startSite();
    site.blue.server.on("checkContinue", (req, res) => {
      if (req.url === "/no") return void res.writeHead(401, { "content-length": "0" }).end();
      res.writeContinue();
      textOf(req).then((text) => res.end(`got ${text}`));
    });
    const yes = rawClient(site);
    const expecting = (path: string) =>
      head(`PUT ${path} HTTP/1.1`, host, "Expect: 100-continue", "Content-Length: 4");
    yes.send(expecting("/yes"));
    await yes.until((text) => text === "HTTP/1.1 100 Continue\r\n\r\n");
    yes.send("body");
    expect(await yes.until((text) => text.includes("got body"))).toContain("HTTP/1.1 200 OK");
    // The connection is as good as before.
    yes.send(head("GET /next HTTP/1.1", host));
    await yes.until((text) => text.includes("blue GET /next"));
    yes.socket.destroy();
    const no = rawClient(site);
    no.send(expecting("/no"));
    const got = await no.closed;
    expect(got).toMatch(/^HTTP\/1\.1 401 /);
    expect(got).toMatch(/\r\nconnection: close\r\n/i);
  });

  test("a slot that says 100 to everybody, and one that knows nothing of expectations, both get the body", async () => {
    site = await startSite();
    const eager = await rawSlot((received, socket) => {
      if (received.endsWith("\r\n\r\n")) socket.write("HTTP/1.1 100 Continue\r\n\r\n");
      if (received.endsWith("body")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
    await leadTo(site, eager.port);
    expect((await site.ask({ method: "POST", body: "body" })).text).toBe("ok");
    const deaf = await rawSlot((received, socket) => {
      if (received.endsWith("body")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
    await leadTo(site, deaf.port);
    const client = rawClient(site);
    client.send(head("POST / HTTP/1.1", host, "Expect: 100-continue", "Content-Length: 4"));
    await client.until((text) => text.startsWith("HTTP/1.1 100 "));
    client.send("body");
    await client.until((text) => text.endsWith("ok"));
    client.socket.destroy();
    eager.server.close();
    deaf.server.close();
  });

  test("a client that hangs up in the middle of a held expectation leaves nothing behind", async () => {
    site = await startSite();
    await site.hold("r", 1);
    const client = rawClient(site);
    client.send(head("POST / HTTP/1.1", host, "Expect: 100-continue", "Content-Length: 4"));
    await until(async () => (await waiting(site)) === 1);
    client.socket.destroy();
    await until(async () => (await waiting(site)) === 0);
    await site.gateways.release("shop", "r", 1);
    expect((await site.ask()).status).toBe(200);
  });
});

describe("bodies", () => {
  test("answers without one: HEAD keeps its length, 204 and 304 end at their head, on a connection that stays", async () => {
    site = await startSite({
      blue(req, res) {
        if (req.url === "/204") return void res.writeHead(204).end();
        if (req.url === "/304") return void res.writeHead(304, { etag: '"x"', "content-length": "5" }).end();
        if (req.method === "HEAD" && req.url === "/chunked") return void res.end();
        res.writeHead(200, { "content-length": "5" });
        res.end("hello");
      },
    });
    const client = rawClient(site);
    let seen = 0;
    const ask = async (line: string) => {
      client.send(head(line, host));
      const got = await client.until((text) => text.length > seen && text.endsWith("\r\n\r\n"));
      const answer = got.slice(seen);
      seen = got.length;
      return answer;
    };
    expect(await ask("HEAD / HTTP/1.1")).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*content-length: 5\r\n/i);
    expect(await ask("HEAD /chunked HTTP/1.1")).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(await ask("GET /204 HTTP/1.1")).not.toMatch(/content-length|transfer-encoding/i);
    expect(await ask("GET /304 HTTP/1.1")).toMatch(/etag: "x"/i);
    client.send(head("GET / HTTP/1.1", host));
    await client.until((text) => text.endsWith("hello"));
    client.socket.destroy();
  });

  test("chunks go both ways, whatever their borders and extensions; a length stays a length", async () => {
    site = await startSite({
      async blue(req, res) {
        const { "content-length": length, "transfer-encoding": encoding } = req.headers;
        const text = await textOf(req);
        res.write(`${text} `);
        setTimeout(() => res.end(`${length} ${encoding}`), 5);
      },
    });
    const client = rawClient(site);
    client.send(`${head("POST / HTTP/1.1", host, "transfer-encoding: Chunked")}1;a="b;c"\r\na\r\n00`);
    client.send("2\r\nbc\r\n0\r\n\r\n");
    const got = await client.until((text) => text.endsWith("0\r\n\r\n"));
    expect(got).toContain("abc ");
    expect(got).toContain("undefined chunked");
    client.send(`${head("DELETE / HTTP/1.1", host, "Content-Length: 3")}abc`);
    await client.until((text) => text.includes("3 undefined"));
    client.socket.destroy();
  });

  test("to HTTP/1.0 a body without a length ends with the connection, unless it asked to keep it and the length is known", async () => {
    site = await startSite({
      blue(req, res) {
        if (req.url === "/known") res.setHeader("content-length", "5");
        else res.write("");
        res.end("hello");
      },
    });
    const client = rawClient(site);
    client.send(head("GET / HTTP/1.0", host));
    const got = await client.closed;
    expect(got).not.toMatch(/transfer-encoding/i);
    expect(bodyOf(got)).toBe("hello");
    const keeper = rawClient(site);
    keeper.send(head("GET /known HTTP/1.0", host, "Connection: keep-alive"));
    await keeper.until((text) => /connection: keep-alive/i.test(text) && text.endsWith("hello"));
    keeper.send(head("GET /known HTTP/1.0", host));
    expect((await keeper.closed).match(/hello/g)).toHaveLength(2);
  });
});

describe("pipelining", () => {
  test("answers come in the order of the requests, and each is carried out after the one before it", async () => {
    const order: string[] = [];
    site = await startSite({
      blue(req, res) {
        req.resume();
        order.push(`${req.url} begins`);
        const slow = req.url === "/1" ? 30 : 1;
        setTimeout(() => {
          order.push(`${req.url} ends`);
          res.end(`[${req.url}]`);
        }, slow);
      },
    });
    const client = rawClient(site);
    client.send(
      `${head("POST /1 HTTP/1.1", host, "Content-Length: 2")}ab${head("GET /2 HTTP/1.1", host)}` +
        `${head("POST /3 HTTP/1.1", host, "Transfer-Encoding: chunked")}1\r\nx\r\n0\r\n\r\n${head("GET /4 HTTP/1.1", host)}`,
    );
    const got = await client.until((text) => text.includes("[/4]"));
    expect(got.match(/\[\/\d\]/g)).toEqual(["[/1]", "[/2]", "[/3]", "[/4]"]);
    expect(order).toEqual(["/1", "/2", "/3", "/4"].flatMap((path) => [`${path} begins`, `${path} ends`]));
    client.socket.destroy();
  });

  test("a mistake behind a good request does not take the good one's answer away", async () => {
    site = await startSite();
    const client = rawClient(site);
    client.send(head("GET /good HTTP/1.1", host));
    await client.until((text) => text.includes("blue GET /good"));
    client.send("GARBAGE\r\n\r\n");
    const got = await client.closed;
    expect(got).toMatch(/blue GET \/good[\s\S]*HTTP\/1\.1 400 /);
  });

  test("who sends hundreds ahead without reading is hung up on", async () => {
    site = await startSite({ blue: () => {} });
    const client = rawClient(site);
    client.send(head("GET / HTTP/1.1", host).repeat(400));
    expect(await client.closed).toBe("");
  });
});

test("what Connection names stays behind, in requests and in answers", async () => {
  site = await startSite({
    blue(req, res) {
      res.writeHead(200, {
        connection: "keep-alive, x-hop",
        "x-hop": "1",
        "keep-alive": "timeout=9",
        "x-end": "1",
      });
      res.end(JSON.stringify(Object.keys(req.headers)));
    },
  });
  const { headers, text } = await site.ask({
    headers: {
      connection: "keep-alive, X-Private",
      "x-private": "1",
      "proxy-connection": "1",
      "x-public": "1",
    },
  });
  const seen = JSON.parse(text) as string[];
  expect(seen).toContain("x-public");
  for (const name of ["x-private", "proxy-connection", "keep-alive"]) expect(seen).not.toContain(name);
  expect(headers["x-end"]).toBe("1");
  expect(headers["x-hop"]).toBeUndefined();
});
