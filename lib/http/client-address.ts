/** Where a request comes from, as far as the gateway can tell. Only the gateway reaches the web process. */
import { isIP } from "node:net";
import { TrustedProxies } from "#lib/gateway/trusted-proxies.ts";

const made = new WeakMap<string[], TrustedProxies>();

/** The last address in X-Forwarded-For that is no proxy of ours; the gateway wrote what stands behind it. */
export function clientAddress(headers: Headers, trusted: string[]): string {
  const proxies = made.get(trusted) ?? new TrustedProxies(trusted);
  made.set(trusted, proxies);
  const chain = headers.get("x-forwarded-for");
  if (chain === null) return "unknown";
  const last = chain.slice(chain.lastIndexOf(",") + 1).trim();
  return isIP(last) === 0 ? "unknown" : proxies.clientOf(last, chain);
}
