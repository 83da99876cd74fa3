/** One WebSocket handshake at the gateway. */
import { type ClientRequest, type IncomingMessage, request, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { OwnAnswer } from "#lib/gate/answers.ts";
import { render } from "#lib/gate/render.ts";
import type { AppRoutes } from "#lib/gate/routes.ts";
import { type Doorway, hostAskedFor } from "./doorway.ts";
import type { Visit } from "./gatekeeper.ts";
import { headersToClient, headersToSlot, isLoopback, requestIdOf } from "./headers.ts";
import { enterStaging } from "./staging-door.ts";
import type { Flight } from "./traffic.ts";
import { Tunnel } from "./tunnel.ts";

const NOTHING = () => {};

export class SocketVisit implements Visit {
  readonly host: string | undefined;
  readonly method: string;
  readonly path: string;
  waitingSince = 0;
  readonly #doorway: Doorway;
  readonly #req: IncomingMessage;
  readonly #socket: Duplex;
  /** What the client sent after its handshake. */
  readonly #head: Buffer;

  constructor(doorway: Doorway, req: IncomingMessage, socket: Duplex, head: Buffer) {
    this.#doorway = doorway;
    this.#req = req;
    this.#socket = socket;
    this.#head = head;
    this.host = hostAskedFor(req, doorway);
    this.method = req.method!;
    this.path = req.url!;
    // Without a listener a client that hangs up while it waits would end the process.
    socket.on("error", NOTHING);
  }

  admitToStaging(routes: AppRoutes): boolean {
    const answer = enterStaging(this.#doorway.secretKey(), routes, this.path, this.#req.headers);
    if (answer === null) return true;
    this.refuse({ reason: answer.kind === "refuse" ? answer.reason : "bad-request" }, routes.app);
    return false;
  }

  toDashboard(): void {
    const address = this.#doorway.dashboard();
    if (address === null) this.refuse({ reason: "no-answer" }, null);
    else this.#handshake(address.host, address.port, null, NOTHING);
  }

  toSlot(flight: Flight, free: () => void): void {
    this.#handshake(flight.target.host, flight.target.port, flight, free);
  }

  refuse(answer: OwnAnswer, app: string | null): void {
    const template = this.#doorway.templates.for(app);
    const { status, headers, body } = render(answer, this.#req.headers.accept, template);
    this.#answer((res) => {
      res.writeHead(status, headers);
      res.end(body);
    });
  }

  answerHealthy(): void {
    this.#answer((res) => {
      res.writeHead(200, { "cache-control": "no-store", "content-length": "0" });
      res.end();
    });
  }

  onGone(then: () => void): void {
    this.#socket.once("close", then);
  }

  #handshake(host: string, port: number, flight: Flight | null, free: () => void): void {
    if (this.#socket.destroyed) {
      flight?.end();
      free();
      return;
    }
    const trusted = isLoopback(this.#req.socket.remoteAddress);
    const requestId = requestIdOf(this.#req, trusted);
    const headers = headersToSlot(this.#req, { host: this.host ?? "", requestId, trusted });
    headers.push("connection", "Upgrade", "upgrade", "websocket");
    const upstream = request({ host, port, method: this.method, path: this.path, headers, agent: false });
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      free();
      return true;
    };
    const gone = () => {
      if (!settle()) return;
      flight?.end();
      upstream.destroy();
    };
    this.#socket.once("close", gone);
    upstream.once("upgrade", (response: IncomingMessage, slotSocket: Socket, slotHead: Buffer) => {
      if (!settle()) return;
      flight?.answered(101);
      this.#socket.write(switchingProtocols(response));
      const tunnel = new Tunnel(this.#socket, this.#head, slotSocket, slotHead, () => flight?.end());
      flight?.becomeStream(tunnel);
    });
    upstream.once("response", (response: IncomingMessage) => {
      if (!settle()) return;
      flight?.answered(response.statusCode!);
      this.#relay(response, upstream, flight);
    });
    upstream.once("error", () => {
      if (!settle()) return;
      flight?.fail();
      flight?.end();
      this.refuse({ reason: "no-answer", requestId }, null);
    });
    upstream.end();
  }

  /** The app did not want the WebSocket and said why. */
  #relay(response: IncomingMessage, upstream: ClientRequest, flight: Flight | null): void {
    this.#answer((res) => {
      res.writeHead(response.statusCode!, headersToClient(response.headers) as string[]);
      response.pipe(res);
      response.on("close", () => {
        flight?.end();
        if (!response.complete) this.#socket.destroy();
      });
      res.on("close", () => upstream.destroy());
    });
  }

  /** Answers in HTTP on the socket and closes it. */
  #answer(write: (res: ServerResponse) => void): void {
    if (this.#socket.destroyed) return;
    const res = new ServerResponse(this.#req);
    res.shouldKeepAlive = false;
    res.assignSocket(this.#socket as Socket);
    res.on("finish", () => {
      res.detachSocket(this.#socket as Socket);
      this.#socket.end();
      this.#socket.resume();
    });
    write(res);
  }
}

function switchingProtocols(response: IncomingMessage): string {
  let head = "HTTP/1.1 101 Switching Protocols\r\n";
  const { rawHeaders } = response;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    head += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`;
  }
  return `${head}\r\n`;
}
