/** Carries a request that has no body, over a pool of kept-alive connections. */
import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { type Carrier, isUnreached, type Receiver } from "./carrier.ts";
import { headersToClient } from "./headers.ts";

/** Methods that may be sent again when nothing came back. A POST may have been carried out. */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const LOST_CONNECTION = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

export class PooledCarrier implements Carrier, Dispatcher.DispatchHandler {
  readonly #receiver: Receiver;
  #controller: Dispatcher.DispatchController | null = null;
  #heard = false;
  #retried = false;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
    this.#dispatch();
  }

  #dispatch(): void {
    const { target } = this.#receiver;
    const { pools, req, path, headers } = this.#receiver.options;
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

  resume(): void {
    this.#controller?.resume();
  }

  abort(why: Error): void {
    this.#controller?.abort(why);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The client may have gone while the request stood in the pool's own queue.
    if (this.#receiver.over) controller.abort(new Error("the client has gone"));
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
    if (status >= 200) this.#receiver.head(status, message, headers);
    else this.#receiver.interim(status, interimHeaders(headers));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#receiver.data(chunk)) controller.pause();
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    this.#receiver.end(trailers);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const receiver = this.#receiver;
    if (receiver.over) return;
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (
      !this.#heard &&
      !this.#retried &&
      SAFE.has(receiver.options.req.method!) &&
      LOST_CONNECTION.has(code)
    ) {
      this.#retried = true;
      receiver.outcome = "retried";
      this.#dispatch();
      return;
    }
    if (isUnreached(error) && receiver.divert()) return;
    // What undici does not want to send is the client's mistake; anything else is the slot's.
    receiver.failed(code === "UND_ERR_INVALID_ARG" ? "bad-request" : "no-answer");
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
