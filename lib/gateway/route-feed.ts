/** Keeps the gateway's routes those of the store, for as long as there is a store. */
import pg from "pg";
import type { RouteTable } from "#lib/gate/routes.ts";

export interface RouteFeedOptions {
  /** Of the store. Contains a password. Asked for at each connection, because it may change. */
  connectionString(): string;
  readRoutes(client: pg.ClientBase): Promise<RouteTable>;
  apply(table: RouteTable): Promise<void>;
  /** The store went away or came back; without it traffic goes on as it was. */
  onState?(state: "connected" | "lost", error?: unknown): void;
  pollMs?: number;
}

const CHANNEL = "signalbox_routes";
const POLL_MS = 3_000;
const BACK_OFF_MS = { first: 250, longest: 5_000 };

/** Reads at once, on every notification and every few seconds. Returns what ends it. */
export function startRouteFeed(options: RouteFeedOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function run(options: RouteFeedOptions, signal: AbortSignal): Promise<void> {
  let backOff = BACK_OFF_MS.first;
  let lost = false;
  while (!signal.aborted) {
    try {
      await follow(options, signal, () => {
        options.onState?.("connected");
        backOff = BACK_OFF_MS.first;
        lost = false;
      });
    } catch (error) {
      if (!lost && !signal.aborted) options.onState?.("lost", error);
      lost = true;
    }
    await pause(backOff, signal);
    backOff = Math.min(BACK_OFF_MS.longest, backOff * 2);
  }
}

/** Follows the store over one connection until that breaks, which it reports by rejecting. */
async function follow(options: RouteFeedOptions, signal: AbortSignal, onFirst: () => void): Promise<void> {
  const client = new pg.Client({
    connectionString: options.connectionString(),
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
    keepAlive: true,
    application_name: "signalbox gateway",
  });
  const wake = new Wake();
  client.on("error", (error) => wake.fail(error));
  client.on("end", () => wake.fail(new Error("the store closed the connection")));
  client.on("notification", () => wake.ring());
  try {
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    for (let first = true; !signal.aborted; first = false) {
      await options.apply(await options.readRoutes(client));
      if (first) onFirst();
      await wake.next(options.pollMs ?? POLL_MS, signal);
    }
  } finally {
    client.removeAllListeners("end");
    await client.end().catch(() => {});
  }
}

/** A bell that remembers one ring. */
class Wake {
  #rung = false;
  #error: unknown = null;
  #waiting: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#waiting?.();
  }

  fail(error: unknown): void {
    this.#error ??= error;
    this.#waiting?.();
  }

  async next(withinMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && this.#error === null && !signal.aborted) {
      const woken = new AbortController();
      this.#waiting = () => woken.abort();
      await pause(withinMs, AbortSignal.any([signal, woken.signal]));
    }
    this.#waiting = null;
    this.#rung = false;
    if (this.#error !== null) throw this.#error;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
