/**
 * Carries a request for a file that an earlier release may have had: to its slot, and when that answers 404 once to the
 * other one. The 404 is kept back, its body unread, until the other slot has said whether it can do better.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { OwnReason } from "#lib/gate/answers.ts";
import type { Target } from "#lib/gate/routes.ts";
import type { Carrier, Receiver } from "./carrier.ts";
import type { Exchange } from "./exchange.ts";
import type { Lender } from "./gatekeeper.ts";
import { PooledCarrier } from "./pooled-carrier.ts";

/** Nobody waits longer than this for a 404. */
const ASK_MS = 2_000;
/** An answer that nobody wants is read so far, for its connection's sake. */
const LEFT_OVER = 64 * 1024;

// undici's parsers can't be told anything while another one speaks, hence the microtasks below.

type Trailers = NodeJS.Dict<string | string[]> | null;

export class AssetCarrier implements Carrier {
  readonly #exchange: Exchange;
  readonly #askOther: () => Lender;
  readonly #first: PooledCarrier;
  readonly #notFound: NotFound;
  #second: Second | null = null;
  #late: NodeJS.Timeout | null = null;

  constructor(exchange: Exchange, askOther: () => Lender) {
    this.#exchange = exchange;
    this.#askOther = askOther;
    this.#notFound = new NotFound(exchange, () => this.#ask());
    this.#first = new PooledCarrier(this.#notFound);
  }

  resume(): void {
    (this.#exchange.lender ? this.#second?.carrier : this.#first)?.resume();
  }

  abort(why: Error): void {
    this.#settle();
    this.#first.abort(why);
    this.#second?.carrier.abort(why);
    this.#second?.lender.flight.end();
  }

  #ask(): void {
    const lender = this.#askOther();
    const second = new Second(this.#exchange, lender, (has) => {
      this.#settle();
      if (has) {
        this.#exchange.handOver(lender);
        this.#notFound.drop(this.#first);
      } else {
        lender.flight.end();
        this.#notFound.replay(this.#first);
      }
    });
    this.#second = second;
    this.#late = setTimeout(() => {
      second.decide(false);
      second.carrier.abort(new Error("the other slot took too long"));
    }, ASK_MS);
    second.start();
  }

  #settle(): void {
    if (this.#late !== null) clearTimeout(this.#late);
    this.#late = null;
  }
}

/** Reads a part of what nobody wants. */
class LeftOver {
  #bytes = 0;

  take(chunk: Buffer, carrier: Carrier): true {
    this.#bytes += chunk.length;
    if (this.#bytes > LEFT_OVER) queueMicrotask(() => carrier.abort(new Error("nobody wants the rest")));
    return true;
  }
}

/** Passes everything on but a 404, which it keeps. */
class NotFound implements Receiver {
  readonly #exchange: Exchange;
  readonly #onNotFound: () => void;
  #state: "passing" | "kept" | "dropped" = "passing";
  #head: [number, string | undefined, IncomingHttpHeaders] | null = null;
  #chunks: Buffer[] = [];
  #end: { trailers: Trailers } | { reason: OwnReason } | null = null;
  #carrier: Carrier | null = null;
  readonly #leftOver = new LeftOver();

  constructor(exchange: Exchange, onNotFound: () => void) {
    this.#exchange = exchange;
    this.#onNotFound = onNotFound;
  }

  get options() {
    return this.#exchange.options;
  }
  get target(): Target {
    return this.#exchange.target;
  }
  get over(): boolean {
    return this.#exchange.over || this.#state === "dropped";
  }
  set outcome(outcome: Receiver["outcome"]) {
    this.#exchange.outcome = outcome;
  }
  get outcome() {
    return this.#exchange.outcome;
  }

  interim(status: number, headers: [string, string][]): void {
    this.#exchange.interim(status, headers);
  }

  head(status: number, message: string | undefined, headers: IncomingHttpHeaders): void {
    if (status !== 404 || this.#exchange.over) {
      this.#exchange.head(status, message, headers);
      return;
    }
    this.#state = "kept";
    this.#head = [status, message, headers];
    this.#onNotFound();
  }

  data(chunk: Buffer): boolean {
    if (this.#state === "passing") return this.#exchange.data(chunk);
    if (this.#state === "dropped") return this.#carrier ? this.#leftOver.take(chunk, this.#carrier) : true;
    this.#chunks.push(chunk);
    return false;
  }

  end(trailers: Trailers): void {
    if (this.#state === "passing") this.#exchange.end(trailers);
    else this.#end = { trailers };
  }

  failed(reason: OwnReason): void {
    if (this.#state === "passing") this.#exchange.failed(reason);
    else this.#end = { reason };
  }

  divert(): boolean {
    return this.#exchange.divert();
  }

  /** The other slot answers. */
  drop(carrier: Carrier): void {
    this.#state = "dropped";
    this.#carrier = carrier;
    this.#chunks = [];
    if (this.#end === null) queueMicrotask(() => carrier.resume());
  }

  /** The 404 is the answer. */
  replay(carrier: Carrier): void {
    if (this.#head === null) return;
    this.#state = "passing";
    const exchange = this.#exchange;
    exchange.head(...this.#head);
    let flows = true;
    for (const chunk of this.#chunks) flows = exchange.data(chunk) && flows;
    this.#chunks = [];
    if (this.#end === null) {
      if (flows) queueMicrotask(() => carrier.resume());
    } else if ("reason" in this.#end) exchange.failed(this.#end.reason);
    else exchange.end(this.#end.trailers);
  }
}

/** The other slot's answer, which counts when it has the file. */
class Second implements Receiver {
  readonly lender: Lender;
  readonly #exchange: Exchange;
  readonly #onDecided: (has: boolean) => void;
  readonly #leftOver = new LeftOver();
  #has: boolean | null = null;
  carrier!: PooledCarrier;
  /** How it came about says nothing about the request. */
  outcome: Receiver["outcome"] = "passed";

  constructor(exchange: Exchange, lender: Lender, onDecided: (has: boolean) => void) {
    this.#exchange = exchange;
    this.lender = lender;
    this.#onDecided = onDecided;
  }

  get options() {
    return this.#exchange.options;
  }
  get target(): Target {
    return this.lender.flight.target;
  }
  get over(): boolean {
    return this.#exchange.over || this.#has === false;
  }

  start(): void {
    this.carrier = new PooledCarrier(this);
  }

  decide(has: boolean): void {
    if (this.#has !== null) return;
    this.#has = has;
    this.#onDecided(has);
  }

  /** Early hints of an answer that may not be given. */
  interim(): void {}

  head(status: number, message: string | undefined, headers: IncomingHttpHeaders): void {
    if (this.over) return;
    this.decide((status >= 200 && status < 300) || status === 304);
    if (this.#has) this.#exchange.head(status, message, headers);
  }

  data(chunk: Buffer): boolean {
    return this.#has ? this.#exchange.data(chunk) : this.#leftOver.take(chunk, this.carrier);
  }

  end(trailers: Trailers): void {
    if (this.#has) this.#exchange.end(trailers);
  }

  failed(reason: OwnReason): void {
    if (this.#has) this.#exchange.failed(reason);
    else this.decide(false);
  }

  divert(): boolean {
    if (this.over || !this.lender.flight.divert()) return false;
    this.start();
    return true;
  }
}
