/** Slots of apps that somebody else starts may speak TLS. */
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { CERTIFICATE, KEY } from "./testing/certificate.ts";
import { PUBLIC, type Site, STAGING, startSite } from "./testing.ts";

let site: Site;
let server: Server;
let connections = 0;

beforeAll(async () => {
  server = createServer({ cert: CERTIFICATE, key: KEY }, (req, res) => {
    let text = "";
    req.on("data", (chunk) => {
      text += chunk;
    });
    req.on("end", () => res.end(`${req.method} ${req.headers.host} ${text}`));
  });
  server.on("secureConnection", () => {
    connections += 1;
  });
  new WebSocketServer({ server }).on("connection", (socket) =>
    socket.on("message", (data) => socket.send(String(data))),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => site.stop());
afterAll(() => {
  tls.setDefaultCACertificates(tls.getCACertificates("bundled"));
  server.close();
});

async function startSecure() {
  connections = 0;
  site = await startSite();
  const { port } = server.address() as AddressInfo;
  const targets = [{ scheme: "https" as const, host: "127.0.0.1", port }];
  const slots = site.routes.slots.map((slot) => ({ ...slot, targets }));
  await site.gateway.routes.setApp({ ...site.routes, version: 2, slots });
}

const socketTo = (host: string) =>
  new WebSocket(`ws://127.0.0.1:${site.gateway.address.port}/ws`, { headers: { host } });

test("a certificate that nobody vouches for is a 502, for requests and for WebSockets", async () => {
  await startSecure();
  expect((await site.ask()).status).toBe(502);
  expect((await site.ask({ method: "POST", body: "x" })).status).toBe(502);
  const socket = socketTo(PUBLIC);
  socket.on("error", () => {});
  const status = await new Promise((resolve) =>
    socket.on("unexpected-response", (_req, res) => resolve(res.statusCode)),
  );
  expect(status).toBe(502);
});

test("with a certificate for the slot's own address requests and WebSockets go through, whatever the host", async () => {
  tls.setDefaultCACertificates([...tls.getCACertificates("bundled"), CERTIFICATE]);
  await startSecure();
  for (let round = 0; round < 3; round += 1) {
    expect((await site.ask()).text).toBe(`GET ${PUBLIC} `);
    expect((await site.ask({ host: STAGING })).text).toBe(`GET ${STAGING} `);
  }
  // One connection serves both hosts.
  expect(connections).toBe(1);
  expect((await site.ask({ method: "PUT", body: "body" })).text).toBe(`PUT ${PUBLIC} body`);
  const socket = socketTo(PUBLIC);
  const echoed = new Promise((resolve) => socket.on("message", (data) => resolve(String(data))));
  socket.on("open", () => socket.send("hello"));
  expect(await echoed).toBe("hello");
  const closed = new Promise((resolve) => socket.on("close", resolve));
  expect(await site.gateways.closeStreams({ app: "shop", slot: "blue" }, 1)).toEqual({ closed: 1 });
  expect(await closed).toBe(1012);
});
