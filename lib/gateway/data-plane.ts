/** The port that visitors reach. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import type { Doorway } from "./doorway.ts";
import type { Gatekeeper } from "./gatekeeper.ts";
import { isHungUp } from "./hang-up.ts";
import { HttpVisit } from "./http-visit.ts";
import { headBytesOf } from "./request-check.ts";
import { SocketVisit } from "./socket-visit.ts";
import { answerUnparsed, onClientError } from "./unparsed.ts";

/** Longer than load balancers keep theirs, so that the one who hangs up is the one who knows. */
const IDLE_CLIENT_MS = 75_000;
const HEADERS_MS = 60_000;
/** Of a head, before anything is known about whose it is; each app has its own limit below this. */
const MAX_HEADER_BYTES = 65_536;
const BACKLOG = 4096;
/** A client that keeps a connection this long without a word is not about to use it. */
const SILENT_MS = 10_000;

export interface Timeouts {
  /** For a request's head to arrive. */
  headersMs: number;
  /** How often that is looked at. */
  checkMs: number;
}

const TIMEOUTS: Timeouts = { headersMs: HEADERS_MS, checkMs: 5_000 };

export class DataPlane {
  readonly #server: Server;
  readonly #doorway: Doorway;

  constructor(gatekeeper: Gatekeeper, doorway: Doorway, timeouts: Timeouts = TIMEOUTS) {
    this.#doorway = doorway;
    this.#server = createServer({
      keepAliveTimeout: IDLE_CLIENT_MS,
      headersTimeout: timeouts.headersMs,
      connectionsCheckingInterval: timeouts.checkMs,
      // A large upload takes its time, and so does a request that waits.
      requestTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Nothing less strict than the standard, whatever the command line says.
      insecureHTTPParser: false,
      // Missed by us, to be answered as plainly as every other mistake.
      requireHostHeader: false,
      noDelay: true,
      optimizeEmptyRequests: true,
      shouldUpgradeCallback: isWebSocket,
    });
    const visit = (expectsContinue: boolean) => {
      const admit = (req: IncomingMessage, res: ServerResponse) => {
        const bytes = headBytesOf(req);
        const visit = new HttpVisit(doorway, req, res, bytes, expectsContinue);
        if (bytes < 0) visit.refuse({ reason: "bad-request" }, null);
        else gatekeeper.admit(visit);
      };
      return (req: IncomingMessage, res: ServerResponse) => {
        if (isHungUp(req.socket)) return;
        // Sent behind another request that is not answered yet: one after the other, as the client means them.
        if (res.socket === null) inTurn(req, res, admit);
        else admit(req, res);
      };
    };
    this.#server.on("request", visit(false));
    this.#server.on("checkContinue", visit(true));
    this.#server.on("upgrade", (req, socket, head) => {
      const bytes = headBytesOf(req);
      const visit = new SocketVisit(doorway, req, socket, head, bytes);
      if (bytes < 0 || !req.url!.startsWith("/")) visit.refuse({ reason: "bad-request" }, null);
      else gatekeeper.admit(visit);
    });
    this.#server.on("connect", (_req, socket) => void answerUnparsed(socket, "bad-request"));
    this.#server.on("clientError", (error, socket) => onClientError(error, socket, doorway));
  }

  /** On a socket that `bindSocket` has bound: its handle, or the descriptor of one. Rejects when it can't. */
  async listen(socket: object): Promise<{ host: string; port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(socket, BACKLOG, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  /**
   * Takes no more connections, which others do now, and serves those that are open to their end. None is hung up on
   * while its client may be sending: each is closed with its next answer, or when it was silent for long.
   */
  async retire(graceMs: number): Promise<void> {
    this.#doorway.closing = true;
    // HTTP's own `close` would cut the silent ones at once.
    const closed = new Promise<void>((resolve) =>
      NetServer.prototype.close.call(this.#server, () => resolve()),
    );
    let idle: NodeJS.Timeout | undefined;
    const silent = setTimeout(() => {
      this.#server.closeIdleConnections();
      idle = setInterval(() => this.#server.closeIdleConnections(), 1_000);
    }, SILENT_MS);
    let late: NodeJS.Timeout | undefined;
    await Promise.race([
      closed,
      new Promise<void>((resolve) => {
        late = setTimeout(resolve, graceMs);
      }),
    ]);
    for (const timer of [silent, idle, late]) clearTimeout(timer);
    this.#server.closeAllConnections();
  }

  /** Takes no more connections and lets those under way finish, for `graceMs` at most. */
  async stop(graceMs: number): Promise<void> {
    this.#doorway.closing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const idle = setInterval(() => this.#server.closeIdleConnections(), 50);
    // WebSockets are no longer the server's to close, so it may wait for them for ever.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([closed, late]);
    clearInterval(idle);
    clearTimeout(timer);
    this.#server.closeAllConnections();
  }
}

/** How many requests one connection may send ahead of their answers. */
const MAX_AHEAD = 256;
const ahead = new WeakMap<Duplex, number>();

function inTurn(
  req: IncomingMessage,
  res: ServerResponse,
  admit: (req: IncomingMessage, res: ServerResponse) => void,
): void {
  const { socket } = req;
  const waiting = (ahead.get(socket) ?? 0) + 1;
  if (waiting > MAX_AHEAD) {
    socket.destroy();
    return;
  }
  ahead.set(socket, waiting);
  res.once("socket", () => {
    ahead.set(socket, (ahead.get(socket) ?? 1) - 1);
    admit(req, res);
  });
}

/** WebSocket, and nothing else, changes the protocol; one that brings a body is a plain request. */
const isWebSocket = ({ method, headers }: IncomingMessage): boolean =>
  method === "GET" &&
  headers.upgrade?.toLowerCase() === "websocket" &&
  headers["content-length"] === undefined &&
  headers["transfer-encoding"] === undefined;
