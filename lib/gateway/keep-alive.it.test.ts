/** Slots that hang up at the worst moment. */

import { Agent } from "node:http";
import { createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { leadTo } from "./testing/raw.ts";
import { askGateway, type Site, startSite } from "./testing.ts";

let site: Site;
afterEach(() => site.stop());

const ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** A slot that counts what it carries out, and hangs up on kept connections as `rude` says. */
async function startRude(rude: (socket: Socket, served: number) => "answer" | "hang up") {
  const carriedOut = new Map<string, number>();
  const server = createServer((socket) => {
    let text = "";
    let served = 0;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
        if (text.length < end + 4 + length) return;
        const [line = ""] = text.split("\r\n", 1);
        text = text.slice(end + 4 + length);
        if (rude(socket, served) === "hang up") {
          socket.resetAndDestroy();
          return;
        }
        served += 1;
        carriedOut.set(line, (carriedOut.get(line) ?? 0) + 1);
        socket.write(ANSWER);
        // At the very moment at which the gateway may take it for its next request.
        if (served % 3 === 0) setImmediate(() => socket.end());
        else if (served % 5 === 0) setTimeout(() => socket.destroy(), served % 2);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as { port: number }).port, carriedOut };
}

test("2,000 GETs to a slot that closes its idle connections all the time: not one fails", async () => {
  site = await startSite();
  const slot = await startRude(() => "answer");
  await leadTo(site, slot.port);
  const agent = new Agent({ keepAlive: true });
  const statuses = new Map<number, number>();
  await Promise.all(
    Array.from({ length: 10 }, async (_, client) => {
      for (let index = 0; index < 200; index += 1) {
        const { status } = await askGateway(site.gateway.address.port, {
          agent,
          path: `/${client}/${index}`,
        });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }),
  );
  agent.destroy();
  slot.server.close();
  expect([...statuses]).toEqual([[200, 2_000]]);
});

test("a POST that finds its kept connection closed goes over another, with a body or without", async () => {
  site = await startSite();
  // Hangs up after each answer, which says nothing of the kind; the next request comes a moment later.
  const slot = await startRude(() => "answer");
  slot.server.on("connection", (socket: Socket) => {
    socket.on("data", () => setTimeout(() => socket.end(), 1));
  });
  await leadTo(site, slot.port);
  const agent = new Agent({ keepAlive: true });
  const statuses = new Set<number>();
  for (let index = 0; index < 60; index += 1) {
    const body = index % 2 === 0 ? "body" : undefined;
    statuses.add((await askGateway(site.gateway.address.port, { agent, method: "POST", body })).status);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  agent.destroy();
  slot.server.close();
  expect(statuses).toEqual(new Set([200]));
});

test("a POST is never carried out twice, whether its connection was lost before or after it arrived", async () => {
  site = await startSite();
  let round = 0;
  const slot = await startRude((_socket, served) => {
    round += 1;
    return served > 0 && round % 4 === 0 ? "hang up" : "answer";
  });
  await leadTo(site, slot.port);
  const agent = new Agent({ keepAlive: true });
  const answers = { ok: 0, failed: 0 };
  await Promise.all(
    Array.from({ length: 8 }, async (_, client) => {
      for (let index = 0; index < 100; index += 1) {
        const body = index % 2 === 0 ? "body" : undefined;
        const path = `/${client}/${index}`;
        const { status } = await askGateway(site.gateway.address.port, { agent, method: "POST", path, body });
        if (status === 200) answers.ok += 1;
        else answers.failed += 1;
      }
    }),
  );
  agent.destroy();
  slot.server.close();
  expect(answers.ok + answers.failed).toBe(800);
  expect(answers.failed).toBeGreaterThan(0);
  expect(slot.carriedOut.size).toBeGreaterThanOrEqual(answers.ok);
  expect(new Set(slot.carriedOut.values())).toEqual(new Set([1]));
});
