/** One request and its answer over kept-alive connections, with a time-out that counts from when it was due. */
import { Pool } from "undici";

const JSON_TYPE = "application/json";
const BYTES = "application/octet-stream";

export interface Answer {
  status: number;
  /** The body as JSON, or null where it is something else. */
  json: Record<string, unknown> | null;
}

export interface Exchange {
  /** A body that is no Buffer is sent as JSON. Rejects on reset, refusal of the connection and time-out (`code` ABORT). */
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
          headers: {
            host,
            accept: "application/json",
            ...(body === undefined ? {} : { "content-type": Buffer.isBuffer(body) ? BYTES : JSON_TYPE }),
          },
          body: body === undefined ? null : Buffer.isBuffer(body) ? body : JSON.stringify(body),
          signal: controller.signal,
        });
        return { status: answer.statusCode, json: parseObject(await answer.body.text()) };
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => pool.destroy(),
  };
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
