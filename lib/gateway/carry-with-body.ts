/** Carries a request that has a body: piece by piece, at the speed of the slower side, with its trailers. */
import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import type { OwnReason } from "#lib/gate/answers.ts";
import { type Carrier, isUnreached } from "./carrier.ts";
import type { Exchange } from "./exchange.ts";
import { hangUpAfter } from "./hang-up.ts";
import { trailersToPass } from "./headers.ts";
import { CONNECT_MS, serverNameOf } from "./slot-pools.ts";

/** An app that knows nothing of expectations gets the body after this, as if it had asked for it. */
const EXPECT_MS = 1_000;

class ConnectTimeout extends Error {
  /** As undici calls it. */
  code = "UND_ERR_CONNECT_TIMEOUT";
}

export function carryWithBody(exchange: Exchange): Carrier {
  const { target } = exchange;
  const { pools, req, path, headers, expectsContinue } = exchange.options;
  const length = req.headers["content-length"];
  const framing = length === undefined ? ["transfer-encoding", "chunked"] : [];
  let upstream: ClientRequest;
  try {
    upstream = (target.scheme === "https" ? https : http).request({
      agent: pools.agent(target),
      host: target.host,
      port: target.port,
      ...(target.scheme === "https" ? { servername: serverNameOf(target) } : {}),
      method: req.method!,
      path,
      headers: [...headers, ...framing, ...(expectsContinue ? ["expect", "100-continue"] : [])],
    });
  } catch {
    // What Node does not want to send is the client's mistake.
    queueMicrotask(() => exchange.failed("bad-request"));
    return { resume: NOTHING, abort: NOTHING };
  }
  const body = new BodyPump(exchange, upstream);
  let answer: IncomingMessage | null = null;
  /** Something may have arrived. */
  let sent = false;
  /** The client was told to send its body. */
  let asked = !expectsContinue;
  /** Another carrier has taken over. */
  let left = false;
  upstream.on("response", (response) => {
    answer = response;
    // An answer before the body was asked for leaves it open whether the body will come.
    if (!asked) hangUpAfter(exchange.options.res);
    receive(exchange, response);
    response.on("end", () => body.drop());
  });
  upstream.on("information", ({ statusCode, rawHeaders }) => {
    // 100 is told by "continue"; 101 to a request that asked for no upgrade means nothing.
    if (statusCode > 101) exchange.interim(statusCode, pairs(rawHeaders));
  });
  const fail = (error?: Error) => {
    if (left || (error === undefined && answer !== null)) return;
    if (!sent && error !== undefined) {
      left = isUnreached(error) ? exchange.divert() : upstream.reusedSocket && exchange.again();
      if (left) return;
    }
    body.drop();
    exchange.failed("no-answer");
  };
  upstream.on("error", fail);
  // Without an error when the slot answers 101, for example.
  upstream.on("close", () => fail());
  const go = () => {
    if (exchange.over || answer !== null || asked) return;
    asked = true;
    // Node's own way, which also notes that the connection may be kept.
    exchange.options.res.writeContinue();
    body.start();
  };
  const begin = () => {
    if (exchange.over || left || upstream.destroyed) return;
    sent = true;
    if (!expectsContinue) return body.start();
    const late = setTimeout(go, EXPECT_MS);
    upstream.once("close", () => clearTimeout(late));
    upstream.on("continue", go);
    upstream.flushHeaders();
  };
  // Not a byte is taken from the client before somebody is there to have it.
  upstream.once("socket", (socket) => {
    // A kept connection that the slot has closed is found out before anything is sent over it.
    if (!socket.connecting) return void setImmediate(begin);
    const late = setTimeout(() => upstream.destroy(new ConnectTimeout()), CONNECT_MS);
    upstream.once("close", () => clearTimeout(late));
    socket.once("connect", () => {
      clearTimeout(late);
      begin();
    });
  });
  return {
    resume: () => answer?.resume(),
    abort: (why) => {
      upstream.destroy(why);
      body.drop();
    },
  };
}

const NOTHING = () => {};

function receive(exchange: Exchange, response: IncomingMessage): void {
  exchange.head(response.statusCode!, response.statusMessage, response.headers);
  response.on("data", (chunk: Buffer) => {
    if (!exchange.over && !exchange.data(chunk)) response.pause();
  });
  response.on("end", () => exchange.end(response.rawTrailers.length > 0 ? response.trailers : null));
  response.on("error", () => exchange.failed("no-answer"));
  response.on("close", () => {
    if (!response.complete) exchange.failed("no-answer");
  });
}

/** The body's way up: counts it, stops at the app's limit, and gives up on a client that stops sending. */
class BodyPump {
  readonly #exchange: Exchange;
  readonly #upstream: ClientRequest;
  readonly #req: IncomingMessage;
  #stall: NodeJS.Timeout | null = null;
  #over = false;

  constructor(exchange: Exchange, upstream: ClientRequest) {
    this.#exchange = exchange;
    this.#upstream = upstream;
    this.#req = exchange.options.req;
  }

  start(): void {
    const req = this.#req;
    this.#await();
    req.on("data", this.#onData);
    req.on("end", this.#onEnd);
    this.#upstream.on("drain", this.#onDrain);
  }

  /** What is still to come is read and dropped, so that the client's connection stays in step. */
  drop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#forget();
    const req = this.#req;
    req.off("data", this.#onData);
    req.off("end", this.#onEnd);
    if (!this.#upstream.writableEnded) this.#upstream.destroy();
    req.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    const exchange = this.#exchange;
    exchange.bytesIn += chunk.length;
    exchange.moved();
    const { bodyBytes } = exchange.options.limits;
    if (bodyBytes !== null && exchange.bytesIn > bodyBytes) {
      this.#giveUp("body-too-large");
    } else if (this.#upstream.write(chunk)) {
      this.#stall?.refresh();
    } else {
      // Now it is the slot that is slow, not the client.
      this.#forget();
      this.#req.pause();
    }
  };

  readonly #onDrain = (): void => {
    if (this.#over) return;
    this.#await();
    this.#req.resume();
  };

  readonly #onEnd = (): void => {
    this.#over = true;
    this.#forget();
    const { rawTrailers, trailers } = this.#req;
    try {
      if (rawTrailers.length > 0) this.#upstream.addTrailers(trailersToPass(trailers));
      this.#upstream.end();
    } catch {
      this.#giveUp("bad-request");
    }
  };

  #await(): void {
    this.#forget();
    this.#stall = setTimeout(() => this.#giveUp("too-slow"), this.#exchange.options.bodyStallMs);
  }

  #forget(): void {
    if (this.#stall !== null) clearTimeout(this.#stall);
    this.#stall = null;
  }

  /** The slot sees a body that is cut off, never one that looks whole. */
  #giveUp(reason: OwnReason): void {
    hangUpAfter(this.#exchange.options.res);
    this.#upstream.destroy();
    this.drop();
    this.#exchange.failed(reason);
  }
}

function pairs(raw: string[]): [string, string][] {
  const out: [string, string][] = [];
  for (let index = 0; index < raw.length; index += 2) out.push([raw[index]!, raw[index + 1]!]);
  return out;
}
