/** Requests that two readers could read in two ways: answered plainly, hung up on, and nothing of them reaches a slot. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { head, leadTo, rawClient, rawSlot } from "./testing/raw.ts";
import { PUBLIC, type Site, startSite } from "./testing.ts";

let site: Site;
let slot: Awaited<ReturnType<typeof rawSlot>>;
beforeAll(async () => {
  site = await startSite();
  slot = await rawSlot((_received, socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
  await leadTo(site, slot.port);
});
afterAll(async () => {
  await site.stop();
  slot.server.close();
});

const host = `Host: ${PUBLIC}`;
const smuggled = head("GET /smuggled HTTP/1.1", host);
const chunked = "Transfer-Encoding: chunked";
const post = (...lines: string[]) => head("POST /outer HTTP/1.1", host, ...lines);

const BEFORE_THE_HEAD_IS_OVER: Record<string, string> = {
  "a length and chunks": `${post("Content-Length: 4", chunked)}0\r\n\r\n${smuggled}`,
  "chunks and a length": `${post(chunked, "Content-Length: 4")}0\r\n\r\n${smuggled}`,
  "two lengths": `${post("Content-Length: 0", "Content-Length: 44")}${smuggled}`,
  "two equal lengths": `${post("Content-Length: 2", "Content-Length: 2")}ab`,
  "two lengths in one": `${post("Content-Length: 2, 2")}ab`,
  "a signed length": `${post("Content-Length: +2")}ab`,
  "a negative length": `${post("Content-Length: -1")}ab`,
  "a hexadecimal length": `${post("Content-Length: 0x2")}ab`,
  "a length with a space in it": `${post("Content-Length: 1 2")}ab`,
  "a length too large for a number": `${post("Content-Length: 99999999999999999999999")}ab`,
  "an unknown coding": `${post("Transfer-Encoding: xchunked")}0\r\n\r\n${smuggled}`,
  "another coding before chunks": `${post("Transfer-Encoding: gzip, chunked")}0\r\n\r\n`,
  "chunks and another coding": `${post("Transfer-Encoding: chunked, identity")}0\r\n\r\n${smuggled}`,
  "chunks twice": `${post(chunked, chunked)}0\r\n\r\n`,
  "identity alone": `${post("Transfer-Encoding: identity")}0\r\n\r\n${smuggled}`,
  "quoted chunks": `${post('Transfer-Encoding: "chunked"')}0\r\n\r\n${smuggled}`,
  "a vertical tab before chunks": `${post("Transfer-Encoding: \vchunked")}0\r\n\r\n${smuggled}`,
  "a space before the colon": `${post("Transfer-Encoding : chunked")}0\r\n\r\n${smuggled}`,
  "a space before the length's colon": `${post("Content-Length : 4")}abcd`,
  "a tab before the colon": `${post("Content-Length\t: 4")}abcd`,
  "chunks in HTTP/1.0": `${head("POST / HTTP/1.0", host, chunked)}0\r\n\r\n${smuggled}`,
  "a bare LF between headers": `POST / HTTP/1.1\r\n${host}\nContent-Length: 2\r\n\r\nab`,
  "a bare LF that ends the head": `GET / HTTP/1.1\r\n${host}\r\n\n${smuggled}`,
  "a bare CR in a value": head("GET / HTTP/1.1", host, "X-A: a\rContent-Length: 2"),
  "a NUL in a value": head("GET / HTTP/1.1", host, "X-A: a\0b"),
  "a NUL in a name": head("GET / HTTP/1.1", host, "X-\0A: b"),
  "a control character in a value": head("GET / HTTP/1.1", host, "X-A: a\x01b"),
  "a NUL in the path": head("GET /\0 HTTP/1.1", host),
  "a space in the path": head("GET /a b HTTP/1.1", host),
  "a header without a name": head("GET / HTTP/1.1", host, ": x"),
  "a header without a colon": head("GET / HTTP/1.1", host, "X-A"),
  "a name with a space": head("GET / HTTP/1.1", host, "X A: b"),
  "a first header that begins with a space": `GET / HTTP/1.1\r\n X-A: b\r\n${host}\r\n\r\n`,
  "two hosts": head("GET / HTTP/1.1", host, "Host: other.test"),
  "two equal hosts": head("GET / HTTP/1.1", host, host),
  "no host": head("GET / HTTP/1.1"),
  "an empty host": head("GET / HTTP/1.1", "Host:"),
  "a host with a path": head("GET / HTTP/1.1", `Host: ${PUBLIC}/admin`),
  "a host with a user": head("GET / HTTP/1.1", `Host: x@${PUBLIC}`),
  "a host with two ports": head("GET / HTTP/1.1", `Host: ${PUBLIC}:80:81`),
  "a list of hosts": head("GET / HTTP/1.1", `Host: ${PUBLIC}, other.test`),
  "a whole address with a user": head(`GET http://a:b@${PUBLIC}/ HTTP/1.1`, host),
  "a whole address of another kind": head(`GET ftp://${PUBLIC}/ HTTP/1.1`, host),
  "a path without a slash": head("GET foo HTTP/1.1", host),
  CONNECT: head(`CONNECT ${PUBLIC}:443 HTTP/1.1`, host),
  "HTTP/0.9": "GET /\r\n\r\n",
  "HTTP/2.0 by its name": head("GET / HTTP/2.0", host),
  "HTTP/2's preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "HTTP/1.2": head("GET / HTTP/1.2", host),
  "a method in lower case": head("get / HTTP/1.1", host),
  "an unknown method": head("SMUGGLE / HTTP/1.1", host),
  TLS: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  "nothing like it": "\x00\x01\x02\x03\xff\xfe\r\n\r\n",
};

test.each(Object.entries(BEFORE_THE_HEAD_IS_OVER))("%s", async (name, bytes) => {
  const before = slot.bytes().length;
  const client = rawClient(site);
  client.send(bytes);
  const got = await client.closed;
  expect(got.slice(0, 12), name).toMatch(/^HTTP\/1\.1 4(00|04)$/);
  expect(got).toMatch(/\r\nconnection: close\r\n/i);
  expect(got).toMatch(/\r\ncache-control: no-store\r\n/i);
  expect(got).toMatch(/\r\nx-request-id: /i);
  expect(got.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(slot.bytes().length).toBe(before);
});

const IN_THE_BODY: Record<string, string> = {
  "a chunk size that is none": `zz\r\n${smuggled}`,
  "a chunk size with 0x": `0x2\r\nab\r\n0\r\n\r\n${smuggled}`,
  "a negative chunk size": `-1\r\n${smuggled}`,
  "a chunk size too large for a number": `fffffffffffffffff\r\nab\r\n0\r\n\r\n`,
  "a chunk longer than it says": `2\r\nabc\r\n0\r\n\r\n${smuggled}`,
  "a chunk that ends with a bare LF": `2\nab\n0\n\n${smuggled}`,
  "a chunk size with a space before it": ` 2\r\nab\r\n0\r\n\r\n${smuggled}`,
  "a trailer with a NUL": `2\r\nab\r\n0\r\nX-A: a\0b\r\n\r\n${smuggled}`,
  "a trailer with a bare LF": `2\r\nab\r\n0\r\nX-A: a\nX-B: b\r\n\r\n${smuggled}`,
  "a length among the trailers": `2\r\nab\r\n0\r\nContent-Length: 44\r\n\r\n${smuggled}`,
  "an extension with a bare LF": `2;a\nb\r\nab\r\n0\r\n\r\n${smuggled}`,
};

// The head was in order and is on its way by then: the slot may see the beginning of a body, but never its end.
test.each(Object.entries(IN_THE_BODY))("%s", async (name, body) => {
  const before = slot.bytes().length;
  const client = rawClient(site);
  client.send(post(chunked) + body);
  const got = await client.closed;
  expect(got.match(/HTTP\/1\.1 /g)?.length ?? 0, name).toBeLessThan(2);
  expect(got, name).toMatch(/^(HTTP\/1\.1 400 |HTTP\/1\.1 200 |$)/);
  const seen = slot.bytes().slice(before);
  expect(seen, name).not.toContain("smuggled");
  expect(seen, name).not.toContain("\r\n0\r\n");
});

test("an upgrade that nobody asked a slot for is dropped: no second request rides behind it", async () => {
  const before = slot.bytes().length;
  const client = rawClient(site);
  client.send(
    head(
      "GET /h2c HTTP/1.1",
      host,
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AA",
    ),
  );
  await client.until((text) => text.endsWith("ok"));
  const seen = slot.bytes().slice(before).toLowerCase();
  expect(seen).toContain("get /h2c");
  expect(seen).not.toMatch(/upgrade|http2-settings/);
  client.socket.destroy();
});

test("a WebSocket handshake with a body is a plain request", async () => {
  const before = slot.bytes().length;
  const client = rawClient(site);
  client.send(
    `${head("GET /ws HTTP/1.1", host, "Connection: Upgrade", "Upgrade: websocket", "Content-Length: 3")}abc`,
  );
  await client.until((text) => text.endsWith("ok"));
  const seen = slot.bytes().slice(before).toLowerCase();
  expect(seen).not.toContain("upgrade");
  expect(seen.endsWith("abc")).toBe(true);
  client.socket.destroy();
});

test("a header that is folded reaches the slot on one line, or not at all", async () => {
  const before = slot.bytes().length;
  const client = rawClient(site);
  client.send(head("GET /folded HTTP/1.1", host, "X-A: one", " Content-Length: 5"));
  await Promise.race([client.closed, client.until((text) => text.includes("\r\n\r\n"))]);
  expect(slot.bytes().slice(before)).not.toMatch(/\r\n[ \t]/);
  client.socket.destroy();
});

test("a whole address goes before the Host header, which the slot never sees", async () => {
  const before = slot.bytes().length;
  const client = rawClient(site);
  client.send(head(`GET http://${PUBLIC}/a HTTP/1.1`, "Host: other.test"));
  await client.until((text) => text.endsWith("ok"));
  const seen = slot.bytes().slice(before);
  expect(seen).toMatch(/^GET \/a HTTP\/1\.1\r\nhost: shop\.test\r\n/);
  expect(seen).not.toContain("other.test");
  client.socket.destroy();
});

test("the gateway serves on after all of that", async () => {
  expect((await site.ask()).text).toBe("ok");
});
