/** One WebSocket handshake at the gateway. */
import http, { type ClientRequest, type IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { OwnAnswer, OwnReason } from "#lib/gate/answers.ts";
import { render } from "#lib/gate/render.ts";
import type { AppRoutes, Target } from "#lib/gate/routes.ts";
import { type AccessEntry, askedFor } from "./access-log.ts";
import { isUnreached } from "./carrier.ts";
import { DASHBOARD_LIMITS, type Doorway, dashboardTarget, hostAskedFor } from "./doorway.ts";
import type { Limits } from "./exchange.ts";
import type { Visit, Way } from "./gatekeeper.ts";
import { linger } from "./hang-up.ts";
import { headersToClient, headersToSlot, requestIdOf } from "./headers.ts";
import { serverNameOf } from "./slot-pools.ts";
import { enterStaging } from "./staging-door.ts";
import type { Flight } from "./traffic.ts";
import { peerOf } from "./trusted-proxies.ts";
import { Tunnel } from "./tunnel.ts";

const NOTHING = () => {};

export class SocketVisit implements Visit {
  readonly host: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly stream = true;
  waitingSince = 0;
  heldMs = 0;
  readonly #doorway: Doorway;
  readonly #req: IncomingMessage;
  readonly #socket: Duplex;
  /** What the client sent after its handshake. */
  readonly #head: Buffer;
  readonly #headBytes: number;
  readonly #peer: string;
  readonly #trusted: boolean;
  readonly #requestId: string;
  #way: Way | null = null;
  #status = 0;
  #refused: OwnReason | null = null;
  #tunnel: Tunnel | null = null;

  /** `headBytes` as `headBytesOf` gives it. */
  constructor(doorway: Doorway, req: IncomingMessage, socket: Duplex, head: Buffer, headBytes: number) {
    this.#doorway = doorway;
    this.#req = req;
    this.#socket = socket;
    this.#head = head;
    this.host = hostAskedFor(req, doorway);
    this.method = req.method!;
    this.path = req.url!;
    this.#headBytes = headBytes;
    this.#peer = peerOf(req.socket);
    this.#trusted = doorway.trust.has(this.#peer);
    this.#requestId = requestIdOf(req, this.#trusted);
    if (doorway.onAnswered !== null) this.#logWhenDone(doorway.onAnswered);
    // Without a listener a client that hangs up while it waits would end the process.
    socket.on("error", NOTHING);
  }

  admitToStaging(routes: AppRoutes): boolean {
    const answer = enterStaging(this.#doorway.secretKey(), routes, this.path, this.#req.headers);
    if (answer === null) return true;
    this.refuse({ reason: answer.kind === "refuse" ? answer.reason : "bad-request" }, routes.app);
    return false;
  }

  exceeds(limits: Limits): OwnReason | null {
    return this.#headBytes > limits.headerBytes ? "headers-too-large" : null;
  }

  toDashboard(): void {
    const address = this.#doorway.dashboard();
    const tooMuch = this.exceeds(DASHBOARD_LIMITS);
    if (tooMuch !== null) this.refuse({ reason: tooMuch }, null);
    else if (address === null) this.refuse({ reason: "no-dashboard" }, null);
    else this.#handshake(dashboardTarget(address), null, NOTHING);
  }

  toSlot(way: Way, free: () => void): void {
    this.#way = way;
    this.#handshake(way.flight.target, way.flight, free);
  }

  refuse(answer: OwnAnswer, app: string | null): void {
    this.#refused = answer.reason;
    const own = { ...answer, requestId: this.#requestId };
    const { templates } = this.#doorway;
    const { status, headers, body } = render(own, this.#req.headers.accept, (code) =>
      templates.for(app, code),
    );
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

  #handshake(target: Target, flight: Flight | null, free: () => void): void {
    if (this.#socket.destroyed) {
      flight?.end();
      free();
      return;
    }
    const passage = {
      host: this.host ?? "",
      requestId: this.#requestId,
      peer: this.#peer,
      trusted: this.#trusted,
    };
    const headers = headersToSlot(this.#req, passage);
    headers.push("connection", "Upgrade", "upgrade", "websocket");
    const { host, port } = target;
    const address = { host, port, method: this.method, path: this.path, headers, agent: false };
    let upstream: ClientRequest;
    try {
      upstream =
        target.scheme === "https"
          ? https.request({ ...address, servername: serverNameOf(target) })
          : http.request(address);
    } catch {
      flight?.end();
      free();
      this.refuse({ reason: "bad-request" }, null);
      return;
    }
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
      this.#status = 101;
      this.#socket.write(switchingProtocols(response), "latin1");
      this.#tunnel = new Tunnel(this.#socket, this.#head, slotSocket, slotHead, () => flight?.end());
      flight?.becomeStream(this.#tunnel);
    });
    upstream.once("response", (response: IncomingMessage) => {
      if (!settle()) return;
      flight?.answered(response.statusCode!);
      this.#relay(response, upstream, flight);
    });
    upstream.once("error", (error) => {
      if (!settled && isUnreached(error) && flight?.divert()) {
        settled = true;
        this.#handshake(flight.target, flight, free);
        return;
      }
      if (!settle()) return;
      flight?.fail();
      flight?.end();
      this.refuse({ reason: flight === null ? "no-dashboard" : "no-answer" }, this.#way?.routes.app ?? null);
    });
    upstream.end();
  }

  /** The app did not want the WebSocket and said why. */
  #relay(response: IncomingMessage, upstream: ClientRequest, flight: Flight | null): void {
    const { trailer: _, ...rest } = response.headers;
    const headers = headersToClient(rest) as string[];
    this.#answer((res) => {
      try {
        res.writeHead(response.statusCode!, headers);
      } catch {
        // The slot said what can't be said to a client.
        flight?.end();
        upstream.destroy();
        this.#socket.destroy();
        return;
      }
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
      linger(this.#socket);
    });
    write(res);
    this.#status = res.statusCode;
  }

  #logWhenDone(onAnswered: (entry: AccessEntry) => void): void {
    const startedAt = performance.now();
    const req = this.#req;
    this.#socket.once("close", () => {
      onAnswered({
        ...askedFor(this, this.#way, req, this.#peer, this.#doorway.trust),
        status: this.#status,
        bytesIn: this.#tunnel?.bytesIn ?? 0,
        bytesOut: this.#tunnel?.bytesOut ?? 0,
        ms: performance.now() - startedAt,
        heldMs: this.heldMs,
        requestId: this.#requestId,
        outcome:
          this.#status === 101
            ? "upgraded"
            : this.#refused !== null
              ? "refused"
              : this.#status === 0
                ? "cut"
                : "passed",
        ...(this.#refused === null ? {} : { reason: this.#refused }),
      });
    });
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
