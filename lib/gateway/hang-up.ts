/** Ends a client's connection so that the client gets to read the last answer. */
import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** A client that is still sending must be read for a while: a reset would take our answer away from it. */
const LINGER_MS = 1_000;

/** Hangs up once the answer is out. Nothing that arrives afterwards counts as a request (see `isHungUp`). */
export function hangUpAfter(res: ServerResponse): void {
  res.shouldKeepAlive = false;
  const { socket } = res;
  // Node would destroy the socket with what the client has sent and nobody has read.
  if (socket !== null) socket.destroySoon = () => linger(socket);
}

export function linger(socket: Duplex): void {
  if (socket.destroyed) return;
  socket.end();
  socket.resume();
  const late = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(late));
}

export const isHungUp = (socket: Duplex): boolean => socket.writableEnded;
