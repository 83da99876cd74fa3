/** For tests: a client that writes bytes as it is told, and a slot that writes down what reaches it. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Site } from "../testing.ts";

export const head = (...lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;

export interface RawClient {
  socket: Socket;
  /** All that came back so far, one character per byte. */
  text(): string;
  send(text: string): void;
  /** Resolves when what came back satisfies it; rejects when the connection ends before. */
  until(holds: (text: string) => boolean): Promise<string>;
  /** Resolves with all that came back once the gateway has hung up. */
  closed: Promise<string>;
}

export function rawClient(site: Site): RawClient {
  const socket = connect({ port: site.gateway.address.port, host: "127.0.0.1", allowHalfOpen: false });
  let got = "";
  const looks = new Set<() => void>();
  const closed = new Promise<string>((resolve) =>
    socket.on("close", () => {
      for (const look of looks) look();
      resolve(got);
    }),
  );
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    got += chunk.toString("latin1");
    for (const look of looks) look();
  });
  return {
    socket,
    closed,
    text: () => got,
    send: (text) => void socket.write(Buffer.from(text, "latin1")),
    until: (holds) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!holds(got) && !socket.destroyed) return;
          looks.delete(look);
          if (holds(got)) resolve(got);
          else reject(new Error(`hung up after ${JSON.stringify(got)}`));
        };
        looks.add(look);
        look();
      }),
  };
}

/** A slot that keeps the bytes that arrive and answers as it is told to. */
export async function rawSlot(answer: (received: string, socket: Socket) => void) {
  let bytes = "";
  const server = createServer((socket) => {
    let received = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      const text = chunk.toString("latin1");
      bytes += text;
      received += text;
      answer(received, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port, bytes: () => bytes };
}

/** Sends the public domain to another port from now on. */
export async function leadTo(site: Site, port: number, more: Partial<Site["routes"]> = {}): Promise<void> {
  const slots = site.routes.slots.map((slot) => ({
    ...slot,
    targets: [{ scheme: "http" as const, host: "127.0.0.1", port }],
  }));
  site.routes = { ...site.routes, ...more, version: site.routes.version + 1, slots };
  await site.gateway.routes.setApp(site.routes);
}
