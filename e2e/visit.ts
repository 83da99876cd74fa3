/** A visitor without a browser. */
import { request } from "undici";
import { site } from "./installation.ts";

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface Visit {
  method?: "GET" | "POST" | "DELETE";
  accept?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Through the gateway, by the Host header, as Node does not resolve `*.localhost`. Follows no redirect. */
export async function visit(host: string, path: string, options: Visit = {}): Promise<Answer> {
  const { method = "GET", accept = "text/html", body, headers } = options;
  const answer = await request(`http://127.0.0.1:${site.gatewayPort}${path}`, {
    method,
    headers: {
      host: `${host}:${site.gatewayPort}`,
      accept,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
    headersTimeout: 30_000,
  });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

/** An order of a visitor's, by its reference. */
export const order = (host: string, ref: string): Promise<Answer> =>
  visit(host, "/orders", { method: "POST", accept: "application/json", body: { ref, amount: 7 } });

/** The status that the order's own page is answered with: 200 where it is there, 404 where not. */
export const ordered = async (host: string, ref: string): Promise<number> =>
  (await visit(host, `/orders/${ref}`)).status;

/** An order that must not be there yet. */
export async function placeOrder(host: string): Promise<void> {
  const { status, text } = await order(host, `e2e-${crypto.randomUUID()}`);
  if (status !== 201) throw new Error(`the order was answered ${status}: ${text}`);
}
