/** Kept-alive connections to slots, one pool per address. */
import { Pool } from "undici";

/** Below the five seconds after which Node's own server hangs up, so that we are never the one who comes too late. */
const IDLE_MS = 4_000;
const CONNECT_MS = 5_000;

export class SlotPools {
  readonly #pools = new Map<string, Pool>();

  get(host: string, port: number): Pool {
    const origin = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, {
        pipelining: 1,
        keepAliveTimeout: IDLE_MS,
        keepAliveMaxTimeout: IDLE_MS,
        connectTimeout: CONNECT_MS,
        // A slow answer is the app's and its client's affair; cutting it could hide a write that was made.
        headersTimeout: 0,
        bodyTimeout: 0,
        allowH2: false,
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }
}
