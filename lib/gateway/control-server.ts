/** The port that the engine and the web process reach: loopback, with a secret. */
import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { type Answer, type Call, calls, SECRET_HEADER } from "./control.ts";

const MAX_BODY = 1024 * 1024;

/** Answered as `{error: code, message}` with the status. */
export class ControlError extends Error {
  override name = "ControlError";
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** `signal` is aborted when the caller hangs up. */
export type Handlers = {
  [C in Call]: (input: z.infer<(typeof calls)[C]>, signal: AbortSignal) => Answer<C> | Promise<Answer<C>>;
};

export interface ControlServerOptions {
  secret: string;
  handlers: Handlers;
  /** Prometheus text. */
  metrics(): Promise<{ contentType: string; text: string }>;
}

export class ControlServer {
  readonly #server: Server;
  readonly #options: ControlServerOptions;

  constructor(options: ControlServerOptions) {
    this.#options = options;
    this.#server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, (req, res) => {
      this.#serve(req, res).catch((error: unknown) => sendError(res, error));
    });
  }

  async listen(): Promise<{ host: string; port: number }> {
    const host = "127.0.0.1";
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port: 0 }, resolve);
    });
    return { host, port: (this.#server.address() as AddressInfo).port };
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    // Browsers on this machine could be made to send requests here; they can't send our header.
    if (req.method === "GET" && req.url === "/metrics" && req.headers.origin === undefined) {
      const { contentType, text } = await this.#options.metrics();
      send(res, 200, contentType, text);
      return;
    }
    if (!this.#knows(req.headers[SECRET_HEADER]))
      throw new ControlError(401, "unauthorized", "The secret is wrong.");
    const name = req.url?.slice(1) ?? "";
    if (!Object.hasOwn(calls, name))
      throw new ControlError(404, "unknown-call", `There is no call "${name}".`);
    if (req.method !== "POST") throw new ControlError(405, "method", "Calls are POST.");
    const answer = await this.#call(name as Call, await readJson(req), whenGone(res));
    send(res, 200, "application/json", JSON.stringify(answer));
  }

  async #call<C extends Call>(name: C, body: unknown, signal: AbortSignal): Promise<Answer<C>> {
    const input = calls[name].safeParse(body);
    if (!input.success) throw new ControlError(400, "bad-input", z.prettifyError(input.error));
    return await this.#options.handlers[name](input.data as z.infer<(typeof calls)[C]>, signal);
  }

  #knows(given: string | string[] | undefined): boolean {
    if (typeof given !== "string") return false;
    const expected = Buffer.from(this.#options.secret);
    const bytes = Buffer.from(given);
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  }
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new ControlError(413, "too-large", "The body is too large.");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new ControlError(400, "bad-input", "The body is not JSON.");
  }
}

function whenGone(res: ServerResponse): AbortSignal {
  const controller = new AbortController();
  res.once("close", () => controller.abort());
  return controller.signal;
}

function sendError(res: ServerResponse, error: unknown): void {
  if (res.headersSent || res.destroyed) return;
  const known = error instanceof ControlError ? error : null;
  const body = {
    error: known?.code ?? "internal",
    message: error instanceof Error ? error.message : String(error),
  };
  // What is left of the request's body is not read.
  res.shouldKeepAlive = false;
  send(res, known?.status ?? 500, "application/json", JSON.stringify(body));
}

function send(res: ServerResponse, status: number, contentType: string, text: string): void {
  res.writeHead(status, { "content-type": contentType, "cache-control": "no-store" });
  res.end(text);
}
