/** One of a slot's processes is gone, and nobody has told the gateway yet. */
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { PUBLIC, type Site, startApp, startSite } from "./testing.ts";

let site: Site;
afterEach(() => site.stop());

/** Blue in two processes, of which the first is dead; the live one's port is blue's own. */
async function halfDead() {
  site = await startSite();
  const dead = await startApp(() => {});
  await dead.stop();
  const targets = [dead.port, site.blue.port].map((port) => ({
    scheme: "http" as const,
    host: "127.0.0.1",
    port,
  }));
  const slots = site.routes.slots.map((slot) => (slot.slot === "blue" ? { ...slot, targets } : slot));
  await site.gateway.routes.setApp({ ...site.routes, version: 2, slots });
}

test("every request reaches the other, with a body or without, and none twice", async () => {
  await halfDead();
  const seen: string[] = [];
  site.blue.server.prependListener("request", (req) => void seen.push(`${req.method} ${req.url}`));
  const asked = Array.from({ length: 60 }, (_, n) => {
    const method = ["GET", "POST", "DELETE"][n % 3]!;
    return site.ask({ method, path: `/${n}`, body: n % 2 === 0 && method === "POST" ? "body" : undefined });
  });
  expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(seen).size).toBe(60);
  expect(seen.length).toBe(60);
  await site.gateways.drain("shop", { timeoutMs: 1_000, signal: AbortSignal.timeout(5_000) });
});

test("an upload waits unread until somebody is there to have it", async () => {
  await halfDead();
  const answer = await site.ask({
    method: "PUT",
    headers: { "transfer-encoding": "chunked" },
    body: Buffer.alloc(3_000_000),
  });
  expect(answer.text).toBe("blue PUT /");
});

test("WebSockets and event streams too, and they are closed with the slot that they reached", async () => {
  await halfDead();
  new WebSocketServer({ server: site.blue.server });
  const socket = new WebSocket(`ws://127.0.0.1:${site.gateway.address.port}/ws`, {
    headers: { host: PUBLIC },
  });
  await once(socket, "open");
  expect((await site.ask({ headers: { accept: "text/event-stream" } })).text).toBe("blue GET /");
  const closed = once(socket, "close");
  const here = { app: "shop", slot: "blue" } as const;
  expect(await site.gateways.closeStreams(here, 1, site.blue.port)).toEqual({ closed: 1 });
  expect((await closed)[0]).toBe(1012);
});

test("when all are dead it is a 502", async () => {
  await halfDead();
  await site.blue.stop();
  expect((await site.ask()).status).toBe(502);
  expect((await site.ask({ method: "POST", body: "x" })).status).toBe(502);
  await site.gateways.drain("shop", { timeoutMs: 1_000, signal: AbortSignal.timeout(5_000) });
  site.blue = { ...site.blue, stop: async () => {} };
});
