/** Just enough HTTP: routes, JSON bodies, answers. */
import type { FileHandle } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { InDoubt, Unavailable } from "./database.ts";

export { Unavailable };

export interface Call {
  params: Record<string, string>;
  query: URLSearchParams;
  /** The JSON object that was sent; empty when there was no body, and where the route reads the request itself. */
  body: Record<string, unknown>;
  request: IncomingMessage;
}

export type Answer =
  | { status: number; json: unknown }
  | { status: number; html: string }
  /** Sent as it is, then closed. */
  | { status: number; file: FileHandle; size: number };
/** Method and path, such as `GET /orders/:ref`. */
export type Routes = Record<string, (call: Call) => Promise<Answer> | Answer>;

/** Answered with this status and a JSON object that says why. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const BODY_BYTES = 64 * 1024;

/** The first route that fits answers. While `closing`, each answer is the last one on its connection. */
export function router(routes: Routes, closing: () => boolean) {
  const table = Object.entries(routes).map(([key, handle]) => {
    const [method = "", path = ""] = key.split(" ");
    return { method, parts: path.split("/"), handle };
  });
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await route(request).catch((error) => failure(error, request.method === "GET"));
    if (closing()) response.setHeader("connection", "close");
    if ("file" in answer) return sendFile(request, response, answer);
    const [type, text] =
      "html" in answer
        ? ["text/html; charset=utf-8", answer.html]
        : ["application/json", JSON.stringify(answer.json)];
    response.writeHead(answer.status, { "content-type": type, "content-length": Buffer.byteLength(text) });
    response.end(text);
  };

  async function route(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "/", "http://shop");
    const method = request.method === "HEAD" ? "GET" : request.method;
    const parts = url.pathname.split("/");
    for (const each of table) {
      const params = each.method === method ? match(each.parts, parts) : null;
      if (!params) continue;
      const raw = each.parts[1] === "uploads";
      const body = raw ? {} : await readBody(request);
      return each.handle({ params, query: url.searchParams, body, request });
    }
    throw new Refused(404, "there is no such page");
  }
}

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { status, file, size }: { status: number; file: FileHandle; size: number },
): Promise<void> {
  response.writeHead(status, {
    "content-type": "application/octet-stream",
    "content-length": size,
    // What somebody left here is nobody's page.
    "content-security-policy": "sandbox",
    "x-content-type-options": "nosniff",
  });
  if (request.method === "HEAD") {
    await file.close();
    response.end();
    return;
  }
  // Closes the file, also when the visitor hangs up.
  await pipeline(file.createReadStream(), response).catch(() => response.destroy());
}

function match(pattern: string[], parts: string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const given = parts[index] ?? "";
    if (!part.startsWith(":")) {
      if (part !== given) return null;
    } else {
      if (given === "") return null;
      params[part.slice(1)] = decode(given);
    }
  }
  return params;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refused(400, "the address is not properly encoded");
  }
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > BODY_BYTES) throw new Refused(413, "the body is too large");
    pieces.push(piece);
  }
  if (size === 0) return {};
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch {
    throw new Refused(400, "the body is not JSON");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new Refused(400, "the body is not a JSON object");
  }
  return body as Record<string, unknown>;
}

/** 503 promises that nothing was written; 500 does not. What the database said stays in the log. */
function failure(error: unknown, reading: boolean): Answer {
  if (error instanceof Refused) return { status: error.status, json: { error: error.message } };
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  if (error instanceof Unavailable || (error instanceof InDoubt && reading)) {
    return { status: 503, json: { error: "the database does not take this now" } };
  }
  const doubt =
    error instanceof InDoubt ? "the database did not answer; it may have been written" : "a mistake of ours";
  return { status: 500, json: { error: doubt } };
}
