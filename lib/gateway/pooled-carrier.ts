/** Carries a request that has no body, over a pool of kept-alive connections. */
import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { type Carrier, type Exchange, isUnreached } from "./exchange.ts";
import { headersToClient } from "./headers.ts";

/** Methods that may be sent again when nothing came back. A POST may have been carried out. */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const LOST_CONNECTION = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

export class PooledCarrier implements Carrier, Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  #controller: Dispatcher.DispatchController | null = null;
  #heard = false;
  #retried = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#dispatch();
  }

  #dispatch(): void {
    const { target } = this.#exchange;
    const { pools, req, path, headers } = this.#exchange.options;
    const options: Dispatcher.DispatchOptions & { servername?: string } = {
      method: req.method!,
      path,
      headers,
      body: null,
    };
    // Otherwise the pool would connect anew for each Host that visitors ask for.
    if (target.scheme === "https") options.servername = target.host;
    pools.get(target).dispatch(options, this);
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  abort(why: Error): void {
    this.#controller?.abort(why);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The client may have gone while the request stood in the pool's own queue.
    if (this.#exchange.over) controller.abort(new Error("the client has gone"));
  }

  onResponseStarted(): void {
    this.#heard = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    message?: string,
  ): void {
    if (status >= 200) this.#exchange.head(status, message, headers);
    else this.#exchange.interim(status, interimHeaders(headers));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#exchange.data(chunk)) controller.pause();
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    this.#exchange.end(trailers);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const exchange = this.#exchange;
    if (exchange.over) return;
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (
      !this.#heard &&
      !this.#retried &&
      SAFE.has(exchange.options.req.method!) &&
      LOST_CONNECTION.has(code)
    ) {
      this.#retried = true;
      exchange.outcome = "retried";
      this.#dispatch();
      return;
    }
    if (isUnreached(error) && exchange.divert()) return;
    // What undici does not want to send is the client's mistake; anything else is the slot's.
    exchange.failed(code === "UND_ERR_INVALID_ARG" ? "bad-request" : "no-answer");
  }
}

const interimHeaders = (headers: IncomingHttpHeaders): [string, string][] => {
  const flat = headersToClient(headers);
  const pairs: [string, string][] = [];
  for (let index = 0; index < flat.length; index += 2) {
    for (const value of [flat[index + 1]!].flat()) pairs.push([flat[index] as string, value]);
  }
  return pairs;
};
