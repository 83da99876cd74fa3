/** One request and its answer over kept-alive connections, with a time-out that counts from when it was due. */
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";

const JSON_TYPE = "application/json";
const BYTES = "application/octet-stream";
/** Read to its end, whatever it is: a connection that is cut off is not kept. */
const MOST_BYTES = 1024 ** 3;

/** A body that takes its time, as a visitor with a slow line sends it. */
export interface Drip {
  content: Buffer;
  overMs: number;
}

export interface Answer {
  status: number;
  /** The body as JSON, or null where it is something else. */
  json: Record<string, unknown> | null;
}

export interface Exchange {
  /** A body that is no Buffer and no Drip is sent as JSON. Rejects on reset, refusal of the connection and time-out (`code` ABORT). */
  send(method: string, path: string, body: unknown, timeoutMs: number): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * `connections` bounds the sockets; requests beyond it wait here, and that wait is part of their latency.
 * Nothing is ever sent twice.
 */
export function openExchange(port: number, host: string, connections: number): Exchange {
  const pool = new Pool(`http://127.0.0.1:${port}`, {
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 3_000,
  });
  return {
    async send(method, path, body, timeoutMs) {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), timeoutMs);
      try {
        const answer = await pool.request({
          method: method as "GET",
          path,
          headers: { host, accept: "application/json", ...headersOf(body) },
          body: contentOf(body),
          signal: controller.signal,
        });
        const isJson = String(answer.headers["content-type"]).startsWith(JSON_TYPE);
        const json = isJson ? parseObject(await answer.body.text()) : null;
        if (!isJson) await answer.body.dump({ limit: MOST_BYTES });
        return { status: answer.statusCode, json };
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => pool.destroy(),
  };
}

const isDrip = (body: unknown): body is Drip =>
  typeof body === "object" && body !== null && "overMs" in body && "content" in body;

function headersOf(body: unknown): Record<string, string> {
  if (body === undefined) return {};
  if (isDrip(body)) return { "content-type": BYTES, "content-length": String(body.content.length) };
  return { "content-type": Buffer.isBuffer(body) ? BYTES : JSON_TYPE };
}

function contentOf(body: unknown) {
  if (body === undefined) return null;
  if (isDrip(body)) return Readable.from(drip(body));
  return Buffer.isBuffer(body) ? body : JSON.stringify(body);
}

const PIECES = 10;

async function* drip({ content, overMs }: Drip): AsyncGenerator<Buffer> {
  const size = Math.ceil(content.length / PIECES);
  for (let at = 0; at < content.length; at += size) {
    yield content.subarray(at, at + size);
    await sleep(overMs / PIECES);
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  if (!text.startsWith("{")) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** A short word for why a request failed. */
export function errorReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  if (error.name === "AbortError" || error.name === "TimeoutError") return "time-out";
  return typeof code === "string" ? code : error.name;
}
