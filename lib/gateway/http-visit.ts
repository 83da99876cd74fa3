/** One HTTP request at the gateway. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { OwnAnswer } from "#lib/gate/answers.ts";
import { render } from "#lib/gate/render.ts";
import type { AppRoutes } from "#lib/gate/routes.ts";
import { type Doorway, hostAskedFor } from "./doorway.ts";
import { Exchange } from "./exchange.ts";
import type { Visit } from "./gatekeeper.ts";
import { headersToSlot, isLoopback, requestIdOf } from "./headers.ts";
import { enterStaging } from "./staging-door.ts";
import type { Flight } from "./traffic.ts";

const NOTHING = () => {};

export class HttpVisit implements Visit {
  readonly host: string | undefined;
  readonly method: string;
  readonly path: string;
  waitingSince = 0;
  readonly #doorway: Doorway;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  /** The client waits for `100 Continue` before it sends its body. */
  readonly #expectsContinue: boolean;

  constructor(doorway: Doorway, req: IncomingMessage, res: ServerResponse, expectsContinue: boolean) {
    this.#doorway = doorway;
    this.#req = req;
    this.#res = res;
    this.#expectsContinue = expectsContinue;
    this.method = req.method!;
    const { url } = req;
    // A proxy client sends the whole address; what it says about the host goes before the Host header.
    const whole = url!.startsWith("/") ? null : URL.parse(url!);
    this.host = whole === null ? hostAskedFor(req, doorway) : whole.host;
    this.path = whole === null ? url! : whole.pathname + whole.search;
  }

  admitToStaging(routes: AppRoutes): boolean {
    const answer = enterStaging(this.#doorway.secretKey(), routes, this.path, this.#req.headers);
    if (answer === null) return true;
    if (answer.kind === "refuse") this.refuse({ reason: answer.reason }, routes.app);
    else {
      this.#res.writeHead(303, { ...answer.headers, "cache-control": "no-store", "content-length": "0" });
      this.#res.end();
    }
    return false;
  }

  toDashboard(): void {
    const address = this.#doorway.dashboard();
    if (address === null) this.refuse({ reason: "no-answer" }, null);
    else this.#forward(address.host, address.port, null, NOTHING);
  }

  toSlot(flight: Flight, free: () => void): void {
    this.#forward(flight.target.host, flight.target.port, flight, free);
  }

  refuse(answer: OwnAnswer, app: string | null): void {
    const res = this.#res;
    if (res.destroyed || res.headersSent) return;
    const { accept } = this.#req.headers;
    const { status, headers, body } = render(answer, accept, this.#doorway.templates.for(app));
    // The body that was announced will not be asked for, so what follows on this connection is anyone's guess.
    if (this.#expectsContinue || this.#doorway.closing) res.shouldKeepAlive = false;
    res.writeHead(status, headers);
    res.end(body);
  }

  answerHealthy(): void {
    this.#res.writeHead(200, {
      "content-type": "text/plain",
      "cache-control": "no-store",
      "content-length": "3",
    });
    this.#res.end("ok\n");
  }

  onGone(then: () => void): void {
    this.#res.once("close", then);
  }

  #forward(host: string, port: number, flight: Flight | null, free: () => void): void {
    const req = this.#req;
    const res = this.#res;
    if (res.destroyed) {
      flight?.end();
      free();
      return;
    }
    const trusted = isLoopback(req.socket.remoteAddress);
    const requestId = requestIdOf(req, trusted);
    const { headers } = req;
    const length = headers["content-length"];
    if (this.#doorway.closing) res.shouldKeepAlive = false;
    if (this.#expectsContinue) res.writeContinue();
    new Exchange({
      pool: this.#doorway.pools.get(host, port),
      req,
      res,
      path: this.path,
      headers: headersToSlot(req, { host: this.host ?? "", requestId, trusted }),
      hasBody: (length !== undefined && length !== "0") || headers["transfer-encoding"] !== undefined,
      flight,
      onAnswer: free,
      onFailure: (error) => this.refuse({ reason: reasonOf(error), requestId }, null),
    }).start();
  }
}

/** What undici does not want to send is the client's mistake; anything else is the slot's. */
const reasonOf = (error: Error) =>
  (error as NodeJS.ErrnoException).code === "UND_ERR_INVALID_ARG"
    ? ("bad-request" as const)
    : ("no-answer" as const);
