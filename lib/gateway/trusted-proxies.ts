/** Whose X-Forwarded headers are believed: an explicit list of addresses. */
import { BlockList, isIP } from "node:net";

/** A TLS terminator on this machine. */
export const LOOPBACK = ["127.0.0.0/8", "::1/128"];

/** Peers seen lately; cleared when full. */
const MAX_CACHED = 10_000;

export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #known = new Map<string, boolean>();

  /** IP addresses and CIDR ranges. Throws on anything else. */
  constructor(ranges: string[] = LOOPBACK) {
    for (const range of ranges) {
      const [address = "", prefix] = range.split("/", 2);
      const family = isIP(address);
      const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
      if (family === 0 || prefix === "" || !Number.isInteger(bits))
        throw new Error(`Not an address: ${range}`);
      this.#list.addSubnet(address, bits, family === 4 ? "ipv4" : "ipv6");
    }
  }

  /** `address` as `peerOf` gives it. */
  has(address: string): boolean {
    let trusted = this.#known.get(address);
    if (trusted === undefined) {
      const family = isIP(address);
      trusted = family !== 0 && this.#list.check(address, family === 4 ? "ipv4" : "ipv6");
      if (this.#known.size >= MAX_CACHED) this.#known.clear();
      this.#known.set(address, trusted);
    }
    return trusted;
  }

  /** Who asked, as far as it can be known: the last address in the chain that is not one of our proxies. */
  clientOf(peer: string, forwardedFor: string | undefined): string {
    if (forwardedFor === undefined || !this.has(peer)) return peer;
    const chain = forwardedFor.split(",").map((part) => part.trim());
    for (const address of chain.reverse()) {
      // Not an address: whoever wrote it, nothing before it means anything.
      if (isIP(address) === 0) break;
      if (!this.has(address)) return address;
    }
    return peer;
  }
}

/** The other end's address; one of IPv4 in its own notation. */
export function peerOf(socket: { remoteAddress?: string | undefined } | null | undefined): string {
  const address = socket?.remoteAddress ?? "unknown";
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
