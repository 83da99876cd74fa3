/** One HTTP request at the gateway. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { OwnAnswer, OwnReason } from "#lib/gate/answers.ts";
import { render } from "#lib/gate/render.ts";
import type { AppRoutes, Target } from "#lib/gate/routes.ts";
import { type AccessEntry, askedFor } from "./access-log.ts";
import { DASHBOARD_LIMITS, type Doorway, dashboardTarget, hostAskedFor } from "./doorway.ts";
import { Exchange, isEventSource, type Limits } from "./exchange.ts";
import type { Visit, Way } from "./gatekeeper.ts";
import { hangUpAfter } from "./hang-up.ts";
import { headersToSlot, requestIdOf } from "./headers.ts";
import { hasBody } from "./request-check.ts";
import { enterStaging } from "./staging-door.ts";
import { peerOf } from "./trusted-proxies.ts";

const NOTHING = () => {};
/** After these the client may go on sending what nobody wants. */
const HANGS_UP = new Set<OwnReason>(["bad-request", "headers-too-large", "body-too-large", "too-slow"]);

export class HttpVisit implements Visit {
  readonly host: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly stream: boolean;
  waitingSince = 0;
  heldMs = 0;
  readonly #doorway: Doorway;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  /** The client waits for `100 Continue` before it sends its body. */
  readonly #expectsContinue: boolean;
  readonly #headBytes: number;
  readonly #peer: string;
  readonly #trusted: boolean;
  #requestId: string | null = null;
  #way: Way | null = null;
  #exchange: Exchange | null = null;
  #refused: OwnReason | null = null;

  /** `headBytes` as `headBytesOf` gives it. */
  constructor(
    doorway: Doorway,
    req: IncomingMessage,
    res: ServerResponse,
    headBytes: number,
    expectsContinue: boolean,
  ) {
    this.#doorway = doorway;
    this.#req = req;
    this.#res = res;
    this.#headBytes = headBytes;
    this.#expectsContinue = expectsContinue;
    this.#peer = peerOf(req.socket);
    this.#trusted = doorway.trust.has(this.#peer);
    this.method = req.method!;
    this.stream = isEventSource(req);
    const { url } = req;
    // A proxy client sends the whole address; what it says about the host goes before the Host header.
    const whole = url!.startsWith("/") ? null : URL.parse(url!);
    this.host = whole === null ? hostAskedFor(req, doorway) : whole.host;
    this.path = whole === null ? url! : whole.pathname + whole.search;
    if (doorway.onAnswered !== null) this.#logWhenDone(doorway.onAnswered);
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

  exceeds(limits: Limits): OwnReason | null {
    if (this.#headBytes > limits.headerBytes) return "headers-too-large";
    const { bodyBytes } = limits;
    if (bodyBytes !== null && Number(this.#req.headers["content-length"] ?? 0) > bodyBytes)
      return "body-too-large";
    return null;
  }

  toDashboard(): void {
    const address = this.#doorway.dashboard();
    const tooMuch = this.exceeds(DASHBOARD_LIMITS);
    if (tooMuch !== null) this.refuse({ reason: tooMuch }, null);
    else if (address === null) this.refuse({ reason: "no-dashboard" }, null);
    else this.#forward(dashboardTarget(address), DASHBOARD_LIMITS, null, NOTHING);
  }

  toSlot(way: Way, free: () => void): void {
    this.#way = way;
    this.#forward(way.flight.target, way.routes.limits, way, free);
  }

  refuse(answer: OwnAnswer, app: string | null): void {
    const res = this.#res;
    this.#refused = answer.reason;
    if (res.destroyed || res.headersSent) return;
    const { accept } = this.#req.headers;
    const { templates } = this.#doorway;
    const own = { ...answer, requestId: this.#id() };
    const { status, headers, body } = render(own, accept, (code) => templates.for(app, code));
    // The body that was announced will not be asked for, so what follows on this connection is anyone's guess.
    if (this.#expectsContinue || HANGS_UP.has(answer.reason)) hangUpAfter(res);
    else if (this.#doorway.closing) res.shouldKeepAlive = false;
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

  #forward(target: Target, limits: Limits, way: Way | null, free: () => void): void {
    const req = this.#req;
    const res = this.#res;
    const flight = way?.flight ?? null;
    if (res.destroyed) {
      flight?.end();
      free();
      return;
    }
    const requestId = this.#id();
    const passage = { host: this.host ?? "", requestId, peer: this.#peer, trusted: this.#trusted };
    if (this.#doorway.closing) res.shouldKeepAlive = false;
    this.#exchange = new Exchange({
      pools: this.#doorway.pools,
      target,
      req,
      res,
      path: this.path,
      headers: headersToSlot(req, passage),
      hasBody: hasBody(req),
      expectsContinue: this.#expectsContinue,
      limits,
      bodyStallMs: this.#doorway.bodyStallMs,
      flight,
      askOther: way?.askOther ?? null,
      onAnswer: free,
      onFailure: (reason) =>
        this.refuse(
          { reason: way === null && reason === "no-answer" ? "no-dashboard" : reason },
          way?.routes.app ?? null,
        ),
    });
    this.#exchange.start();
  }

  #id(): string {
    this.#requestId ??= requestIdOf(this.#req, this.#trusted);
    return this.#requestId;
  }

  #logWhenDone(onAnswered: (entry: AccessEntry) => void): void {
    const startedAt = performance.now();
    const req = this.#req;
    this.#res.once("close", () => {
      const lender = this.#exchange?.lender ?? null;
      const way = this.#way && { ...this.#way, ...lender };
      onAnswered({
        ...askedFor(this, way, req, this.#peer, this.#doorway.trust),
        status: this.#res.headersSent ? this.#res.statusCode : 0,
        bytesIn: this.#exchange?.bytesIn ?? 0,
        bytesOut: this.#exchange?.bytesOut ?? 0,
        ms: performance.now() - startedAt,
        heldMs: this.heldMs,
        requestId: this.#id(),
        outcome: this.#outcome(),
        ...(lender === null ? {} : { oldAsset: true }),
        ...(this.#refused === null ? {} : { reason: this.#refused }),
      });
    });
  }

  #outcome(): AccessEntry["outcome"] {
    if (this.#refused !== null) return this.#refused === "timed-out" ? "timed-out" : "refused";
    const outcome = this.#exchange?.outcome;
    if (!this.#res.writableFinished) return outcome === "timed-out" ? outcome : "cut";
    if (outcome === undefined) return "answered";
    return outcome === "passed" && this.heldMs > 0 ? "held" : outcome;
  }
}
