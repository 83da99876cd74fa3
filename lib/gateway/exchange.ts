/** Carries one request to its slot and the answer back, streaming both ways. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import type { Dispatcher, Pool } from "undici";
import { headersToClient } from "./headers.ts";
import type { Flight } from "./traffic.ts";

/** Methods that may be sent again when nothing came back. A POST may have been carried out. */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const LOST_CONNECTION = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

export interface ExchangeOptions {
  pool: Pool;
  req: IncomingMessage;
  res: ServerResponse;
  path: string;
  headers: string[];
  hasBody: boolean;
  /** Null for the dashboard, which is not counted. */
  flight: Flight | null;
  /** The slot began to answer, or never will. */
  onAnswer(): void;
  /** The slot could not be reached, or hung up before it answered; nothing was sent to the client yet. */
  onFailure(error: Error): void;
}

export class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #res: ServerResponse;
  #controller: Dispatcher.DispatchController | null = null;
  #heard = false;
  #wrote = false;
  #over = false;
  #retried = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#res = options.res;
  }

  start(): void {
    // An app may send its head with the first event, which can be long after; drain must not wait for that.
    if (isEventSource(this.#options.req)) this.#options.flight?.becomeStream(this);
    this.#res.on("close", this.#onClientClose);
    this.#res.on("drain", this.#onDrain);
    this.#dispatch();
  }

  #dispatch(): void {
    const { pool, req, path, headers, hasBody } = this.#options;
    pool.dispatch({ method: req.method!, path, headers, body: hasBody ? bodyOf(req) : null }, this);
  }

  /** Ends an event stream so that its client comes again; an answer that is not 200 would make it stay away. */
  close(): void {
    this.#finish();
    if (this.#wrote) this.#res.end();
    else this.#res.destroy();
    this.#controller?.abort(new Error("the slot changed"));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The client may have gone while the request stood in the pool's own queue.
    if (this.#over) controller.abort(new Error("the client has gone"));
  }

  onResponseStarted(): void {
    this.#heard = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusMessage?: string,
  ): void {
    // Interim answers are between the slot and us.
    if (status < 200 || this.#over) return;
    const { flight } = this.#options;
    this.#res.writeHead(status, statusMessage ?? "", headersToClient(headers) as string[]);
    flight?.answered(status);
    this.#options.onAnswer();
    if (headers["content-type"]?.startsWith("text/event-stream")) flight?.becomeStream(this);
    this.#wrote = true;
    // The parser hands over what else it has in this turn; if that was all, the client gets the head now.
    queueMicrotask(this.#flushHead);
    if (this.#res.writableNeedDrain) controller.pause();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#res.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#finish();
    this.#res.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#over) return;
    const { req, hasBody, flight } = this.#options;
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!this.#heard && !this.#retried && !hasBody && SAFE.has(req.method!) && LOST_CONNECTION.has(code)) {
      this.#retried = true;
      this.#dispatch();
      return;
    }
    flight?.fail();
    this.#finish();
    this.#options.onAnswer();
    // Cut off in the middle: the client must be able to tell.
    if (this.#wrote) this.#res.destroy();
    else this.#options.onFailure(error);
  }

  readonly #flushHead = (): void => {
    if (!this.#over) this.#res.flushHeaders();
  };

  readonly #onDrain = (): void => {
    this.#controller?.resume();
  };

  readonly #onClientClose = (): void => {
    if (this.#over) return;
    this.#finish();
    this.#options.onAnswer();
    this.#controller?.abort(new Error("the client has gone"));
  };

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.flight?.end();
  }
}

/** What a browser's EventSource sends. */
const isEventSource = ({ method, headers }: IncomingMessage): boolean =>
  method === "GET" && headers.accept === "text/event-stream";

/**
 * The request's body as a stream of its own. A slot may answer before it has read everything; its stream is then
 * destroyed, and the rest of the body is read and dropped so that the client's connection stays in step.
 */
function bodyOf(req: IncomingMessage): PassThrough {
  const body = new PassThrough();
  req.once("error", (error) => body.destroy(error));
  body.once("error", () => {});
  body.once("close", () => {
    req.unpipe(body);
    req.resume();
  });
  return req.pipe(body);
}
