import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { closeGate } from "#lib/gate/person-lock.ts";
import { PUBLIC, type Site, STAGING, startSite, type TestApp, until, waiting } from "./testing.ts";

let site: Site;
const clients: WebSocket[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await site.stop();
});

/** The app's end of its WebSockets: how each was closed. */
interface Echo {
  open: Set<WebSocket>;
  codes: number[];
}

/** Echoes, with compression and a subprotocol as an app would have them. */
function echoOn(app: TestApp, name: string): Echo {
  const wss = new WebSocketServer({
    server: app.server,
    perMessageDeflate: { threshold: 0 },
    handleProtocols: (offered) => (offered.has("chat") ? "chat" : false),
    verifyClient: ({ req }, done) => (req.url === "/forbidden" ? done(false, 401, "no") : done(true)),
  });
  const echo: Echo = { open: new Set(), codes: [] };
  wss.on("connection", (socket) => {
    echo.open.add(socket);
    socket.on("error", () => {});
    socket.on("message", (data, binary) => socket.send(binary ? data : `${name}: ${data}`, { binary }));
    socket.on("close", (code) => {
      echo.open.delete(socket);
      echo.codes.push(code);
    });
  });
  return echo;
}

function client(host = PUBLIC, path = "/ws"): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${site.gateway.address.port}${path}`, ["chat"], {
    headers: { host },
  });
  clients.push(socket);
  return socket;
}

const say = async (socket: WebSocket, text: string): Promise<string> => {
  const answer = once(socket, "message");
  socket.send(text);
  return String((await answer)[0]);
};

const shop = (slot: "blue" | "green") => ({ app: "shop", slot });

test("messages go both ways, with extensions and subprotocol the app's and the client's own", async () => {
  site = await startSite();
  echoOn(site.blue, "blue");
  echoOn(site.green, "green");
  const socket = client();
  await once(socket, "open");
  expect(socket.protocol).toBe("chat");
  expect(socket.extensions).toContain("permessage-deflate");
  expect(await say(socket, "hello")).toBe("blue: hello");
  const big = Buffer.alloc(3_000_000, 7);
  const echoed = once(socket, "message");
  socket.send(big);
  expect(big.equals((await echoed)[0] as Buffer)).toBe(true);
  const staging = client(STAGING);
  await once(staging, "open");
  expect(await say(staging, "hello")).toBe("green: hello");
});

test("a WebSocket does not keep a drain waiting, and both ends get 1012 when its slot's streams are closed", async () => {
  site = await startSite();
  const blue = echoOn(site.blue, "blue");
  const [first, second] = [client(), client()];
  await Promise.all([once(first, "open"), once(second, "open")]);
  await site.gateways.drain("shop", { timeoutMs: 10_000, signal: AbortSignal.timeout(20_000) });
  expect(await site.gateways.closeStreams(shop("green"), 1)).toEqual({ closed: 0 });
  const closed = Promise.all([once(first, "close"), once(second, "close")]);
  expect(await site.gateways.closeStreams(shop("blue"), 1)).toEqual({ closed: 2 });
  expect((await closed).map(([code]) => code)).toEqual([1012, 1012]);
  await until(() => blue.codes.length === 2);
  expect(blue.codes).toEqual([1012, 1012]);
});

test("a close in the middle of heavy traffic breaks no frame: every message is whole and the code is 1012", async () => {
  site = await startSite();
  site.blue.server.on("upgrade", () => {});
  const wss = new WebSocketServer({ server: site.blue.server, perMessageDeflate: false });
  wss.on("connection", (socket) => {
    socket.on("error", () => {});
    const pour = () => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(Buffer.alloc(1 + Math.floor(Math.random() * 200_000), 1), pour);
    };
    for (let index = 0; index < 4; index += 1) pour();
  });
  for (let round = 0; round < 10; round += 1) {
    const socket = client();
    let messages = 0;
    let broken: unknown = null;
    socket.on("message", () => {
      messages += 1;
    });
    socket.on("error", (error) => {
      broken = error;
    });
    await until(() => messages > 5);
    const closed = once(socket, "close");
    await site.gateways.closeStreams(shop("blue"), 1);
    expect([(await closed)[0], broken]).toEqual([1012, null]);
  }
  wss.close();
});

test("either end hanging up ends the other, and the count goes down", async () => {
  site = await startSite();
  const blue = echoOn(site.blue, "blue");
  const socket = client();
  await once(socket, "open");
  socket.close(4001, "bye");
  await until(() => blue.codes.length === 1);
  expect(blue.codes).toEqual([4001]);
  const abrupt = client();
  await once(abrupt, "open");
  await until(() => blue.open.size === 1);
  abrupt.terminate();
  await until(() => blue.open.size === 0);
  const served = client();
  await once(served, "open");
  await until(() => blue.open.size === 1);
  const closed = once(served, "close");
  for (const end of blue.open) end.terminate();
  expect((await closed)[0]).toBe(1006);
  expect(await site.gateways.closeStreams(shop("blue"), 1)).toEqual({ closed: 0 });
});

test("a handshake waits at the gate like any request and reaches the slot that is live after it", async () => {
  site = await startSite();
  echoOn(site.blue, "blue");
  echoOn(site.green, "green");
  await site.hold("r", 1);
  const socket = client();
  await until(async () => (await waiting(site)) === 1);
  await site.gateways.route({ ...site.routes, version: 2, live: "green" }, 1);
  await site.gateways.release("shop", "r", 1);
  await once(socket, "open");
  expect(await say(socket, "x")).toBe("green: x");
});

test("closed gates, unknown hosts, dead slots and the app's own refusal are answered in HTTP", async () => {
  site = await startSite();
  echoOn(site.blue, "blue");
  const refused = async (socket: WebSocket) => {
    socket.on("error", () => {});
    const [, response] = await once(socket, "unexpected-response");
    return response.statusCode as number;
  };
  expect(await refused(client(PUBLIC, "/forbidden"))).toBe(401);
  expect(await refused(client("nobody.test"))).toBe(404);
  closeGate(site.home, "shop");
  expect(await refused(client())).toBe(503);
  await site.green.stop();
  expect(await refused(client(STAGING))).toBe(502);
  site.green = { ...site.green, stop: async () => {} };
});

test("a client that hangs up during its held handshake leaves the queue, and other upgrades are plain requests", async () => {
  site = await startSite();
  const plain = await site.ask({ headers: { connection: "Upgrade", upgrade: "h2c" } });
  expect(plain.text).toBe("blue GET /");
  await site.hold("r", 1);
  const socket = connect(site.gateway.address.port, "127.0.0.1");
  socket.write(`GET /ws HTTP/1.1\r\nhost: ${PUBLIC}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n`);
  await until(async () => (await waiting(site)) === 1);
  socket.resetAndDestroy();
  await site.gateways.release("shop", "r", 1);
  expect((await site.ask()).status).toBe(200);
});
