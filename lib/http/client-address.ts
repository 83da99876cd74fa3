/** Where a request comes from, as far as the gateway can tell. Only the gateway reaches the web process. */
import { isIP } from "node:net";
import { TrustedProxies } from "#lib/gateway/trusted-proxies.ts";

const made = new WeakMap<string[], TrustedProxies>();

/**
 * The last address in X-Forwarded-For that is no proxy of ours; the gateway wrote what stands behind it.
 * Null: it came round the gateway, from this machine.
 */
export function clientAddress(headers: Headers, trusted: string[]): string | null {
  const proxies = made.get(trusted) ?? new TrustedProxies(trusted);
  made.set(trusted, proxies);
  const chain = headers.get("x-forwarded-for");
  if (chain === null) return null;
  const last = chain.slice(chain.lastIndexOf(",") + 1).trim();
  return isIP(last) === 0 ? null : proxies.clientOf(last, chain);
}
