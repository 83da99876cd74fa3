/** The port that visitors reach. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import type { Doorway } from "./doorway.ts";
import type { Gatekeeper } from "./gatekeeper.ts";
import { HttpVisit } from "./http-visit.ts";
import { SocketVisit } from "./socket-visit.ts";

/** Longer than load balancers keep theirs, so that the one who hangs up is the one who knows. */
const IDLE_CLIENT_MS = 75_000;
const HEADERS_MS = 60_000;
const BACKLOG = 4096;
/** A client that keeps a connection this long without a word is not about to use it. */
const SILENT_MS = 10_000;

export class DataPlane {
  readonly #server: Server;
  readonly #doorway: Doorway;

  constructor(gatekeeper: Gatekeeper, doorway: Doorway) {
    this.#doorway = doorway;
    const visit = (expectsContinue: boolean) => (req: IncomingMessage, res: ServerResponse) => {
      if (doorway.onAnswered !== null) logWhenDone(doorway, req, res);
      // Before the first slash is neither a path nor an address: `OPTIONS *` and the like.
      if (!req.url!.startsWith("/") && !URL.canParse(req.url!)) {
        res.writeHead(400, { connection: "close" });
        res.end();
        return;
      }
      gatekeeper.admit(new HttpVisit(doorway, req, res, expectsContinue));
    };
    this.#server = createServer({
      keepAliveTimeout: IDLE_CLIENT_MS,
      headersTimeout: HEADERS_MS,
      // A large upload takes its time, and so does a request that waits.
      requestTimeout: 0,
      noDelay: true,
      shouldUpgradeCallback: (req) => req.headers.upgrade?.toLowerCase() === "websocket",
    });
    this.#server.on("request", visit(false));
    this.#server.on("checkContinue", visit(true));
    this.#server.on("upgrade", (req, socket, head) =>
      gatekeeper.admit(new SocketVisit(doorway, req, socket, head)),
    );
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

function logWhenDone(doorway: Doorway, req: IncomingMessage, res: ServerResponse): void {
  const startedAt = performance.now();
  const { method = "", url = "" } = req;
  const host = req.headers.host ?? "";
  res.once("close", () => {
    const [path = ""] = url.split("?", 1);
    doorway.onAnswered?.({ method, host, path, status: res.statusCode, ms: performance.now() - startedAt });
  });
}
