/** Bytes that nobody would send on purpose: the gateway answers, or hangs up, and goes on. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leadTo, rawClient, rawSlot } from "./testing/raw.ts";
import { PUBLIC, type Site, startSite } from "./testing.ts";

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.stop());

const odd = fc.constantFrom(
  ...'\0\t\n\r\r\n\v :;,"\\/?#%@[]{}\x7f\x80\xff'.split(""),
  "\r\n",
  "\r\n\r\n",
  "content-length: 5",
  "transfer-encoding: chunked",
  "expect: 100-continue",
  "connection: upgrade",
  "upgrade: websocket",
  "sec-websocket-key: x",
  "connection: close, host",
  "trailer: x",
  "0\r\n\r\n",
  `host: ${PUBLIC}`,
);
const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const noise = fc.array(fc.oneof(odd, byte), { maxLength: 60 }).map((parts) => parts.join(""));
/** Mostly in order, or nothing would get past the parser. */
const mostly = <T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: bad });
const method = mostly(
  fc.constantFrom("GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE"),
  fc.constantFrom("CONNECT", "get", ""),
);
const path = mostly(
  fc.constantFrom("/", "*", "http://shop.test/", "//", "/%zz", "/.well-known/signalbox/enter?pass=%"),
  noise,
);
const version = mostly(
  fc.constantFrom("HTTP/1.1", "HTTP/1.0"),
  fc.constantFrom("HTTP/2.0", "HTTP/1.9", "http/1.1", ""),
);
const line = mostly(
  fc.constantFrom(
    "content-length: 3",
    "content-length: 0",
    "transfer-encoding: chunked",
    "expect: 100-continue",
    "accept: application/json",
    "cookie: signalbox_pass=.",
    "te: trailers",
    "trailer: a",
    "connection: upgrade",
    "connection: close, host, te",
    "upgrade: websocket",
    "x-forwarded-for: ,,",
    "x-signalbox-host: \xe9",
    "x: \xe9\t\xff",
  ),
  fc.oneof(
    odd,
    fc.tuple(noise, noise).map(([name, value]) => `${name}: ${value}`),
  ),
);
const request = fc
  .record({
    method,
    path,
    version,
    lines: fc.array(line, { maxLength: 6 }),
    body: mostly(fc.constantFrom("", "abc", "3\r\nabc\r\n0\r\na: b\r\n\r\n"), noise),
    host: mostly(fc.constant(true), fc.constant(false)),
  })
  .map(({ method, path, version, lines, body, host }) => {
    const all = [...(host ? [`host: ${PUBLIC}`] : []), ...lines];
    return `${method} ${path} ${version}\r\n${all.map((text) => `${text}\r\n`).join("")}\r\n${body}`;
  });

/** Sends it and says no more; resolves when the gateway has hung up or has had its say. */
async function send(text: string): Promise<string> {
  const client = rawClient(site);
  client.send(text);
  const late = setTimeout(() => client.socket.destroy(), 30);
  // It has had its say; what it thinks of the rest does not matter.
  client.socket.once("data", () => setTimeout(() => client.socket.destroy(), 2));
  const got = await client.closed;
  clearTimeout(late);
  return got;
}

test("from clients", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 3 }), async (requests) => {
      const got = await send(requests.join(""));
      expect(got === "" || got.startsWith("HTTP/1.1 ")).toBe(true);
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 150), endOnFailure: true },
  );
  expect((await site.ask()).text).toBe("blue GET /");
});

const answer = fc
  .record({
    first: fc.oneof(
      fc.constantFrom(
        "HTTP/1.1 200 OK",
        "HTTP/1.0 200 OK",
        "HTTP/1.1 100 Continue",
        "HTTP/1.1 101 Switching Protocols",
        "HTTP/1.1 103 Early Hints",
        "HTTP/1.1 204 No Content",
        "HTTP/1.1 304 Not Modified",
        "HTTP/1.1 999 Odd",
        "HTTP/1.1 000 None",
        "HTTP/1.1 200 \xff\xfe",
        "HTTP/1.1 200",
      ),
      noise,
    ),
    lines: fc.array(
      fc.oneof(
        line,
        fc.constantFrom(
          "trailer: a",
          "set-cookie: a=b",
          "content-type: text/event-stream",
          "x: \xe9\x01",
          "location: \u00ff",
        ),
      ),
      { maxLength: 5 },
    ),
    body: fc.oneof(noise, fc.constantFrom("3\r\nabc\r\n0\r\na: b\r\n\r\n", "abc", "")),
    end: fc.boolean(),
  })
  .map(({ first, lines, body, end }) => ({
    text: `${first}\r\n${lines.map((text) => `${text}\r\n`).join("")}\r\n${body}`,
    end,
  }));

test("from slots", async () => {
  let say = { text: "", end: true };
  const slot = await rawSlot((_received, socket) => {
    socket.write(Buffer.from(say.text, "latin1"));
    if (say.end) socket.end();
  });
  await leadTo(site, slot.port);
  await fc.assert(
    fc.asyncProperty(answer, fc.constantFrom("GET", "HEAD", "POST", "WS"), async (answer, method) => {
      say = answer;
      const lines = [
        `${method === "WS" ? "GET" : method} / HTTP/1.1`,
        `host: ${PUBLIC}`,
        ...(method === "POST" ? ["content-length: 2"] : []),
        ...(method === "WS" ? ["connection: upgrade", "upgrade: websocket", "sec-websocket-key: x"] : []),
      ];
      const client = rawClient(site);
      client.send(`${lines.join("\r\n")}\r\n\r\n${method === "POST" ? "ab" : ""}`);
      const late = setTimeout(() => client.socket.destroy(), 30);
      const got = await client.closed;
      clearTimeout(late);
      expect(got === "" || got.startsWith("HTTP/1.1 ")).toBe(true);
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 150), endOnFailure: true },
  );
  say = { text: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", end: true };
  expect((await site.ask()).text).toBe("ok");
  slot.server.close();
});
