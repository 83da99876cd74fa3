/** One request's way to its slot and the answer's way back: accounting, limits, and what the client gets to see. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { OwnReason } from "#lib/gate/answers.ts";
import type { AppRoutes, Target } from "#lib/gate/routes.ts";
import { AssetCarrier } from "./asset-carrier.ts";
import type { Carrier, Receiver } from "./carrier.ts";
import { carryWithBody } from "./carry-with-body.ts";
import type { Lender } from "./gatekeeper.ts";
import { headersToClient, trailersToPass } from "./headers.ts";
import { PooledCarrier } from "./pooled-carrier.ts";
import type { SlotPools } from "./slot-pools.ts";
import type { Flight, Stream } from "./traffic.ts";

export type Limits = AppRoutes["limits"];

export interface ExchangeOptions {
  pools: SlotPools;
  target: Target;
  req: IncomingMessage;
  res: ServerResponse;
  path: string;
  headers: string[];
  hasBody: boolean;
  /** The client waits for `100 Continue` before it sends its body. */
  expectsContinue: boolean;
  limits: Limits;
  /** How long a client may owe the rest of its body without sending any of it. Milliseconds. */
  bodyStallMs: number;
  /** Null for the dashboard, which is not counted. */
  flight: Flight | null;
  /** Asks the other slot for a file that this one has not. Null: its 404 is the answer. */
  askOther: (() => Lender) | null;
  /** The slot began to answer, or never will. */
  onAnswer(): void;
  /** There is no answer to pass on, and nothing was sent to the client yet. */
  onFailure(reason: OwnReason): void;
}

/** Up to this size an answer that is complete at once is sent as one piece of text. */
const SMALL = 16 * 1024;
const PRINTABLE = /^[\t\x20-\x7e]*$/;

export class Exchange implements Stream, Receiver {
  readonly options: ExchangeOptions;
  /** Of the body, as sent to the slot. */
  bytesIn = 0;
  /** Of the answer's body. */
  bytesOut = 0;
  outcome: Receiver["outcome"] = "passed";
  /** The slot that answered in place of the one that was asked. */
  lender: Lender | null = null;
  readonly #res: ServerResponse;
  #flight: Flight | null;
  #carrier: Carrier | null = null;
  /** The answer's head, until it is known whether its body can go along in one piece. */
  #head: { status: number; message: string; headers: string[]; length: number } | null = null;
  #only: Buffer | null = null;
  #wrote = false;
  #over = false;
  #idle: NodeJS.Timeout | null = null;
  #total: NodeJS.Timeout | null = null;

  constructor(options: ExchangeOptions) {
    this.options = options;
    this.#res = options.res;
    this.#flight = options.flight;
  }

  get over(): boolean {
    return this.#over;
  }

  start(): void {
    const { req, hasBody, limits } = this.options;
    // An app may send its head with the first event, which can be long after; drain must not wait for that.
    const stream = isEventSource(req);
    if (stream) this.#flight?.becomeStream(this);
    this.#res.on("close", this.#onClientClose);
    if (!stream && limits.idleMs > 0) this.#idle = setTimeout(this.#onTimeout, limits.idleMs);
    if (!stream && limits.totalMs > 0) this.#total = setTimeout(this.#onTimeout, limits.totalMs);
    this.#carry(hasBody);
  }

  /** Where the request goes at the moment. */
  get target(): Target {
    return this.#flight?.target ?? this.options.target;
  }

  divert(): boolean {
    return !this.#over && this.#flight?.divert() === true && this.again();
  }

  /** The other slot has what this one answered 404 to: from here on the request is counted there. */
  handOver(lender: Lender): void {
    this.#flight?.answered(404);
    this.#flight?.end();
    this.#flight = lender.flight;
    this.lender = lender;
    lender.flight.lends();
  }

  /** The same once more: the connection was found closed before anything was sent over it. */
  again(): boolean {
    if (this.#over) return false;
    this.outcome = "retried";
    this.#carry(this.options.hasBody);
    return true;
  }

  #carry(hasBody: boolean): void {
    const { askOther } = this.options;
    if (hasBody) this.#carrier = carryWithBody(this);
    else this.#carrier = askOther ? new AssetCarrier(this, askOther) : new PooledCarrier(this);
  }

  /** Ends an event stream so that its client comes again; an answer that is not 200 would make it stay away. */
  close(): void {
    this.#finish();
    if (this.#wrote) this.#res.end();
    else this.#res.destroy();
    this.#carrier?.abort(new Error("the slot changed"));
  }

  /** Bytes went by, either way. */
  moved(): void {
    this.#idle?.refresh();
  }

  /** An interim answer. HTTP/1.0 knows none, and one that waits behind another answer can do without. */
  interim(status: number, headers: [string, string][]): void {
    const { req } = this.options;
    const { socket } = this.#res;
    if (this.#over || this.#wrote || req.httpVersionMinor === 0 || socket === null) return;
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    socket.write(`HTTP/1.1 ${status} ${INTERIM[status] ?? "Interim"}\r\n${lines}\r\n`, "latin1");
  }

  head(status: number, message: string | undefined, headers: IncomingHttpHeaders): void {
    if (this.#over) return;
    const { req, onAnswer } = this.options;
    const flight = this.#flight;
    const list = headersToClient(headers) as string[];
    if (flight?.forTesters) list.push("x-robots-tag", "noindex, nofollow");
    const length = headers["content-length"];
    // Trailers need chunks, and are announced only where there are any.
    if (headers.trailer !== undefined && !maybeChunked(req, status, length)) {
      list.splice(list.indexOf("trailer"), 2);
    }
    this.#head = {
      status,
      message: message !== undefined && PRINTABLE.test(message) ? message : "",
      headers: list,
      length: length === undefined ? -1 : Number(length),
    };
    this.moved();
    flight?.answered(status);
    onAnswer();
    if (headers["content-type"]?.startsWith("text/event-stream")) {
      flight?.becomeStream(this);
      this.#clearTimers();
    }
    // The parser hands over what else it has in this turn; if that was all, the client gets the head now.
    queueMicrotask(this.#flushHead);
  }

  data(chunk: Buffer): boolean {
    if (this.#over) return true;
    this.bytesOut += chunk.length;
    this.moved();
    if (this.#head !== null && chunk.length === this.#head.length && chunk.length <= SMALL) {
      this.#only = chunk;
      return true;
    }
    if (!this.#writeHead() || this.#res.write(chunk)) return true;
    this.#res.once("drain", this.#onDrain);
    return false;
  }

  end(trailers: NodeJS.Dict<string | string[]> | null): void {
    if (this.#over) return;
    const whole = this.#head === null ? null : this.#only;
    this.#only = null;
    if (!this.#writeHead()) return;
    this.#finish();
    const res = this.#res;
    if (trailers !== null && res.chunkedEncoding) addTrailers(res, trailersToPass(trailers));
    if (whole !== null) res.end(whole.toString("latin1"), "latin1");
    else res.end();
  }

  failed(reason: OwnReason): void {
    if (this.#over) return;
    const { onAnswer, onFailure } = this.options;
    this.#flight?.fail();
    this.#finish();
    this.#head = null;
    onAnswer();
    this.outcome = reason === "timed-out" ? "timed-out" : this.#wrote ? "cut" : "refused";
    // Cut off in the middle: the client must be able to tell.
    if (this.#wrote) this.#res.destroy();
    else onFailure(reason);
  }

  /** False: the slot said what can't be said to a client. */
  #writeHead(): boolean {
    const head = this.#head;
    if (head === null) return true;
    this.#head = null;
    try {
      this.#res.writeHead(head.status, head.message, head.headers);
      this.#wrote = true;
    } catch (error) {
      this.failed("no-answer");
      queueMicrotask(() => this.#carrier?.abort(error as Error));
    }
    return this.#wrote;
  }

  readonly #flushHead = (): void => {
    if (this.#over || this.#head === null) return;
    if (!this.#writeHead()) return;
    if (this.#only === null) this.#res.flushHeaders();
    else this.#res.write(this.#only);
    this.#only = null;
  };

  readonly #onDrain = (): void => {
    this.#carrier?.resume();
  };

  readonly #onTimeout = (): void => {
    const carrier = this.#carrier;
    this.failed("timed-out");
    carrier?.abort(new Error("too slow"));
  };

  readonly #onClientClose = (): void => {
    if (this.#over) return;
    this.outcome = "cut";
    this.#finish();
    this.options.onAnswer();
    this.#carrier?.abort(new Error("the client has gone"));
  };

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#clearTimers();
    this.#flight?.end();
  }

  #clearTimers(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    if (this.#total !== null) clearTimeout(this.#total);
    this.#idle = null;
    this.#total = null;
  }
}

const INTERIM: Record<number, string> = { 102: "Processing", 103: "Early Hints" };

function addTrailers(res: ServerResponse, trailers: [string, string][]): void {
  try {
    res.addTrailers(trailers);
  } catch {
    // The body is whole; its trailers are not worth cutting it off.
  }
}

const maybeChunked = (req: IncomingMessage, status: number, length: string | undefined): boolean =>
  length === undefined &&
  req.httpVersionMinor === 1 &&
  req.method !== "HEAD" &&
  status !== 204 &&
  status !== 304;

/** What a browser's EventSource sends. */
export const isEventSource = ({ method, headers }: IncomingMessage): boolean =>
  method === "GET" && headers.accept === "text/event-stream";
