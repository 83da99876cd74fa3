/** Tells pages that something changed: one LISTEN connection for the whole process, fanned out to who watches. */
import pg from "pg";
import type { Store } from "#lib/store/client.ts";

/**
 * `run`: one was requested, claimed or cancelled. `events`: steps or events changed. `routes`: an app's routes
 * did. `resync`: at the start and when the connection was away: anything may have changed.
 */
export type LiveSignal = "run" | "events" | "routes" | "resync";

export interface LiveFilter {
  app?: string;
  run?: string;
}

const SIGNALS: Record<string, LiveSignal> = {
  signalbox_runs: "run",
  signalbox_events: "events",
  signalbox_routes: "routes",
};
const RETRY_MS = [100, 250, 500, 1_000, 2_000];

export class LiveFeed {
  readonly #url: string;
  readonly #store: Store;
  readonly #watchers = new Set<Watcher>();
  readonly #appOfRun = new Map<string, string>();
  #client: pg.Client | null = null;
  #connecting: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #failures = 0;
  #closed = false;

  /** Connects when somebody watches. `url` is the store's. */
  constructor(url: string, store: Store) {
    this.#url = url;
    this.#store = store;
  }

  /**
   * What changes; the same news twice before it is taken is one. Begins with `resync` once it listens: read then,
   * and nothing is missed. Ends when `signal` is aborted. Silent while the store is away, then `resync` again.
   */
  async *subscribe(filter: LiveFilter, signal: AbortSignal): AsyncGenerator<LiveSignal> {
    const watcher = new Watcher(filter);
    this.#watchers.add(watcher);
    // At once, and not when the news is taken: who has stopped listening may never ask again.
    const forget = () => {
      this.#watchers.delete(watcher);
      watcher.wake();
    };
    signal.addEventListener("abort", forget, { once: true });
    try {
      await this.#connect();
      watcher.add("resync");
      while (!signal.aborted && !this.#closed) {
        yield* watcher.take();
        if (!signal.aborted && !this.#closed) await watcher.news();
      }
    } finally {
      signal.removeEventListener("abort", forget);
      this.#watchers.delete(watcher);
    }
  }

  /** How many subscribe now. */
  get watching(): number {
    return this.#watchers.size;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry) clearTimeout(this.#retry);
    for (const watcher of this.#watchers) watcher.wake();
    await this.#client?.end().catch(() => {});
  }

  #connect(): Promise<void> {
    if (this.#client || this.#closed) return Promise.resolve();
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #open(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: "signalbox-live",
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    client.on("notification", ({ channel, payload }) => void this.#heard(channel, payload ?? ""));
    client.on("error", () => {});
    client.on("end", () => {
      if (this.#client === client) this.#lost();
    });
    try {
      await client.connect();
      for (const channel of Object.keys(SIGNALS)) await client.query(`LISTEN ${channel}`);
      this.#client = client;
      if (this.#closed) return void (await client.end());
      if (this.#failures > 0) for (const watcher of this.#watchers) watcher.add("resync");
      this.#failures = 0;
    } catch {
      await client.end().catch(() => {});
      this.#lost();
    }
  }

  #lost(): void {
    this.#client = null;
    this.#failures += 1;
    if (this.#closed || this.#retry) return;
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1];
    this.#retry = setTimeout(() => {
      this.#retry = null;
      void this.#connect();
    }, wait);
    this.#retry.unref();
  }

  async #heard(channel: string, id: string): Promise<void> {
    const signal = SIGNALS[channel];
    if (signal === undefined || this.#watchers.size === 0) return;
    const run = signal === "routes" ? undefined : id;
    const app = run === undefined ? id : await this.#appOf(run);
    for (const watcher of this.#watchers) if (watcher.wants(app, run)) watcher.add(signal);
  }

  /** Null when it can't be told now; then everybody is told. */
  async #appOf(run: string): Promise<string | null> {
    const known = this.#appOfRun.get(run);
    if (known !== undefined) return known;
    const row = await this.#store.run
      .findUnique({ where: { id: run }, select: { app: { select: { name: true } } } })
      .catch(() => null);
    if (!row) return null;
    if (this.#appOfRun.size >= 1_000) this.#appOfRun.clear();
    this.#appOfRun.set(run, row.app.name);
    return row.app.name;
  }
}

/** News that one subscriber has not taken yet: a set, so that who is slow gets no backlog. */
class Watcher {
  readonly #filter: LiveFilter;
  readonly #pending = new Set<LiveSignal>();
  #resolve: (() => void) | null = null;

  constructor(filter: LiveFilter) {
    this.#filter = filter;
  }

  wants(app: string | null, run: string | undefined): boolean {
    if (this.#filter.run !== undefined) return run === this.#filter.run;
    return this.#filter.app === undefined || app === null || app === this.#filter.app;
  }

  add(signal: LiveSignal): void {
    this.#pending.add(signal);
    this.wake();
  }

  take(): LiveSignal[] {
    const taken = [...this.#pending];
    this.#pending.clear();
    return taken;
  }

  wake(): void {
    this.#resolve?.();
    this.#resolve = null;
  }

  /** Resolves at once when there is some. */
  news(): Promise<void> {
    if (this.#pending.size > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
