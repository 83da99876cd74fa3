/** What stays open: server-sent events and WebSockets. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { WebSocketServer } from "ws";
import { settings } from "./settings.ts";

const { release, slot } = settings;
const listeners = new Set<ServerResponse>();
const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });

/** One event a second until either side hangs up. */
export function sendEvents(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const send = () =>
    response.write(`data: ${JSON.stringify({ release, slot, at: new Date().toISOString() })}\n\n`);
  response.write("retry: 500\n\n");
  send();
  const timer = setInterval(send, 1_000);
  listeners.add(response);
  response.once("close", () => {
    clearInterval(timer);
    listeners.delete(response);
  });
}

/** Answers each message on /ws with itself, release and slot. */
export function acceptWebSockets(server: Server): void {
  server.on("upgrade", (request: IncomingMessage, socket, head) => {
    if (new URL(request.url ?? "/", "http://shop").pathname !== "/ws") {
      socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on("message", (data) => client.send(JSON.stringify({ echo: data.toString(), release, slot })));
      client.on("error", () => client.terminate());
    });
  });
}

/** Ends them all so that their clients come again. */
export function endLive(): void {
  for (const response of listeners) response.end();
  for (const client of sockets.clients) client.close(1012, "restarting");
}
