import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PUBLIC, type Site, STAGING, startSite } from "./testing.ts";

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.stop());

/** Sends bytes as they are; the first line of what comes back, and the end of it. */
function send(text: string): Promise<{ first: string; last: string }> {
  return new Promise((resolve) => {
    let got = "";
    const socket = connect(site.gateway.address.port, "127.0.0.1", () =>
      socket.write(Buffer.from(text, "latin1")),
    );
    socket.on("data", (chunk) => {
      got += chunk.toString("latin1");
      // Every answer here is complete in one piece: the client is the one who hangs up.
      socket.end();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      const lines = got.split("\r\n");
      resolve({ first: lines[0] ?? "", last: lines.at(-1) ?? "" });
    });
  });
}

const lines = (...parts: string[]) => `${parts.join("\r\n")}\r\n\r\n`;
const host = `host: ${PUBLIC}`;
const upgrade = ["connection: upgrade", "upgrade: websocket"];

test.each([
  ["a whole address", lines("GET http://shop.test/a?b HTTP/1.1", "host: other"), "200 OK", "blue GET /a?b"],
  ["a path with two slashes", lines("GET //x//y/ HTTP/1.1", host), "200 OK", "blue GET //x//y/"],
  ["HTTP/1.0 without a host", lines("GET / HTTP/1.0"), "404 Not Found"],
  ["HTTP/1.1 without a host", lines("GET / HTTP/1.1"), "400 Bad Request"],
  ["OPTIONS *", lines("OPTIONS * HTTP/1.1", host), "400 Bad Request"],
  ["half an address", lines("GET http:// HTTP/1.1", host), "400 Bad Request"],
  ["half an IPv6 host", lines("GET / HTTP/1.1", "host: [::1"), "400 Bad Request"],
  [
    "Connection naming what it must not",
    lines("GET /c HTTP/1.1", host, "connection: ,,host,x-forwarded-for"),
    "200 OK",
    "blue GET /c",
  ],
  [
    "two lengths",
    `${lines("POST / HTTP/1.1", host, "content-length: 1", "content-length: 2")}ab`,
    "400 Bad Request",
  ],
  [
    "a length and chunks",
    `${lines("POST / HTTP/1.1", host, "content-length: 1", "transfer-encoding: chunked")}0\r\n\r\n`,
    "400 Bad Request",
  ],
  [
    "chunks that are none",
    `${lines("POST / HTTP/1.1", host, "transfer-encoding: chunked")}zz\r\n`,
    "400 Bad Request",
  ],
  ["GET with a body", `${lines("GET /b HTTP/1.1", host, "content-length: 3")}abc`, "200 OK", "blue GET /b"],
  [
    "an expectation that nobody knows",
    `${lines("POST / HTTP/1.1", host, "expect: wonders", "content-length: 1")}a`,
    "417 Expectation Failed",
  ],
  [
    "a door header twice",
    lines("GET /d HTTP/1.1", host, "x-signalbox-host: a", "x-signalbox-host: b", "x-signalbox-door: \xe9"),
    "200 OK",
    "blue GET /d",
  ],
  [
    "headers named after prototypes",
    lines("GET /p HTTP/1.1", host, "__proto__: x", "constructor: y"),
    "200 OK",
    "blue GET /p",
  ],
  [
    "a pass that is none",
    lines("GET /.well-known/signalbox/enter%ZZ?pass=%00 HTTP/1.1", `host: ${STAGING}`),
    "403 Forbidden",
  ],
  ["a WebSocket to an app that has none", lines("GET /w HTTP/1.1", host, ...upgrade), "200 OK"],
  ["a WebSocket to nobody", lines("GET / HTTP/1.1", "host: nobody.test", ...upgrade), "404 Not Found"],
  ["a WebSocket to nowhere", lines("GET * HTTP/1.1", host, ...upgrade), "400 Bad Request"],
])("%s", async (_name, request, status, last = expect.any(String)) => {
  const got = await send(request);
  expect(got).toEqual({ first: `HTTP/1.1 ${status}`, last });
  expect((await site.ask()).status).toBe(200);
});
