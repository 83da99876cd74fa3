/** Kept-alive connections to slots. */
import http from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import { buildConnector, Pool } from "undici";
import type { Target } from "#lib/gate/routes.ts";

/** Below the five seconds after which Node's own server hangs up, so that we are never the one who comes too late. */
const IDLE_MS = 4_000;
export const CONNECT_MS = 5_000;
const FREE_SOCKETS = 256;

export class SlotPools {
  readonly #pools = new Map<string, Pool>();
  readonly #agents = {
    http: new http.Agent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: FREE_SOCKETS }),
    https: new https.Agent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: FREE_SOCKETS }),
  };

  /** For requests without a body. */
  get(target: Target): Pool {
    const origin = originOf(target);
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, {
        pipelining: 1,
        keepAliveTimeout: IDLE_MS,
        keepAliveMaxTimeout: IDLE_MS,
        connect: connectorTo(target),
        // A slow answer is the app's and its client's affair; cutting it could hide a write that was made.
        headersTimeout: 0,
        bodyTimeout: 0,
        allowH2: false,
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }

  /** For requests with a body: `node:http` sends trailers and expectations too. */
  agent(target: Target): http.Agent {
    return this.#agents[target.scheme];
  }

  async destroy(): Promise<void> {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }
}

/** A certificate is checked for the address that the operator gave, not for the host that a visitor asked for. */
export const serverNameOf = ({ host }: Target): string => (isIP(host) === 0 ? host : "");

const origins = new WeakMap<Target, string>();

function originOf(target: Target): string {
  let origin = origins.get(target);
  if (origin === undefined) {
    const { scheme, host, port } = target;
    origin = `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
    origins.set(target, origin);
  }
  return origin;
}

function connectorTo(target: Target): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_MS, allowH2: false });
  if (target.scheme === "http") return connect;
  return (options, done) => connect({ ...options, servername: serverNameOf(target) }, done);
}
