/** What is on its way to each slot, and what came of it. Nothing here waits for a request in order to count it. */

import type { SlotName } from "#lib/engine/model.ts";
import type { InFlight } from "#lib/engine/ports.ts";
import { READS } from "#lib/gate/decide.ts";
import type { Audience, SlotRoute, Target } from "#lib/gate/routes.ts";
import type { SlotTraffic } from "./control.ts";
import { Latencies } from "./latencies.ts";

interface Counters {
  app: string;
  slot: SlotName;
  audience: Audience;
  requests: number;
  failed: number;
  writes: number;
  writesFailed: number;
  inFlight: number;
  streams: number;
  oldAssets: number;
  /** By the first digit of the status, from 1 on. */
  answers: number[];
  latencies: Latencies;
}

/** A WebSocket or an event stream: not drained, but closed when its slot changes. */
export interface Stream {
  /** Ends it so that the client comes again. */
  close(): void;
}

/** Which requests to an app are meant: all, those to one port, or those that are not known only to read. */
export interface Which {
  port?: number;
  readsGoOn?: boolean;
}

export class Traffic {
  readonly #counters = new Map<string, Counters>();
  readonly #apps = new Map<string, AppTraffic>();

  /**
   * Counts a request in. Must be called in the same turn of the event loop as the decision to let it pass. `reads`:
   * the app says that it only reads.
   */
  begin(
    app: string,
    route: SlotRoute,
    audience: Audience,
    method: string,
    path: string,
    reads = false,
  ): Flight {
    const { slot } = route;
    const key = `${app} ${slot} ${audience}`;
    let counters = this.#counters.get(key);
    if (counters === undefined) {
      counters = {
        app,
        slot,
        audience,
        requests: 0,
        failed: 0,
        writes: 0,
        writesFailed: 0,
        inFlight: 0,
        streams: 0,
        oldAssets: 0,
        answers: [0, 0, 0, 0, 0],
        latencies: new Latencies(),
      };
      this.#counters.set(key, counters);
    }
    const traffic = this.#of(app);
    return new Flight(traffic, counters, route.targets, method, path, reads);
  }

  /** Resolves when none of those is in flight, or on `signal`. */
  async idle(app: string, signal: AbortSignal, which: Which = {}): Promise<void> {
    const traffic = this.#of(app);
    const left = () => {
      if (which.port !== undefined) return traffic.busy.get(which.port) ?? 0;
      return which.readsGoOn ? traffic.mayWrite : traffic.flights.size;
    };
    while (left() > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          traffic.onIdle.delete(done);
          signal.removeEventListener("abort", done);
          resolve();
        };
        traffic.onIdle.add(done);
        signal.addEventListener("abort", done);
      });
    }
  }

  /** What `idle` waits for, the oldest first. */
  inFlight(app: string, { port, readsGoOn = false }: Which = {}): InFlight[] {
    const now = performance.now();
    return [...this.#of(app).flights]
      .filter(({ target, reads }) => (port === undefined ? !(readsGoOn && reads) : target.port === port))
      .map(({ method, path, startedAt }) => ({ method, path, ageMs: now - startedAt }))
      .sort((a, b) => b.ageMs - a.ageMs);
  }

  /** Closes every stream to a slot (or to one of its ports); how many there were. */
  closeStreams(app: string, slot: SlotName, port?: number): number {
    const streams = [...this.#of(app).streams].filter(
      ([, to]) => to.slot === slot && (port === undefined || to.port === port),
    );
    for (const [stream] of streams) stream.close();
    return streams.length;
  }

  closeAllStreams(): void {
    for (const { streams } of this.#apps.values()) for (const stream of [...streams.keys()]) stream.close();
  }

  read(): SlotTraffic[] {
    return [...this.#counters.values()].map(({ latencies, ...counts }) => ({
      ...counts,
      answers: [...counts.answers],
      ...latencies.read(),
      latencies: latencies.all(),
    }));
  }

  #of(app: string): AppTraffic {
    let traffic = this.#apps.get(app);
    if (traffic === undefined) {
      traffic = {
        flights: new Set(),
        mayWrite: 0,
        busy: new Map(),
        unreached: new Map(),
        streams: new Map(),
        onIdle: new Set(),
      };
      this.#apps.set(app, traffic);
    }
    return traffic;
  }
}

/** A dead process has nothing in flight, so it would seem the least busy of all: left out for so long. */
const UNREACHED_MS = 1_000;

/** The first of those with the fewest requests in flight; one that was not reached lately only if there is no other. */
function leastBusy(targets: Target[], { busy, unreached }: AppTraffic): Target {
  let best = targets[0]!;
  if (targets.length === 1) return best;
  let fewest = Number.POSITIVE_INFINITY;
  for (const target of targets) {
    const flights = isUnreached(unreached, target.port) ? 1e9 : (busy.get(target.port) ?? 0);
    if (flights >= fewest) continue;
    best = target;
    fewest = flights;
  }
  return best;
}

function isUnreached(unreached: Map<number, number>, port: number): boolean {
  if (unreached.size === 0) return false;
  const until = unreached.get(port);
  if (until === undefined) return false;
  if (until > performance.now()) return true;
  unreached.delete(port);
  return false;
}

interface AppTraffic {
  flights: Set<Flight>;
  /** How many of them the app does not say only to read. */
  mayWrite: number;
  /** Requests in flight per port. */
  busy: Map<number, number>;
  /** Ports that could not be connected to, and until when they are left out. Monotonic milliseconds. */
  unreached: Map<number, number>;
  streams: Map<Stream, { slot: SlotName; port: number }>;
  onIdle: Set<() => void>;
}

/** One request on its way to a slot. Ends exactly once, by `end` or by turning into a stream that ends. */
export class Flight {
  readonly method: string;
  readonly path: string;
  readonly reads: boolean;
  readonly startedAt = performance.now();
  target: Target;
  readonly #app: AppTraffic;
  readonly #counters: Counters;
  readonly #targets: Target[];
  #over = false;
  #failed = false;
  #stream: Stream | null = null;

  constructor(
    app: AppTraffic,
    counters: Counters,
    targets: Target[],
    method: string,
    path: string,
    reads: boolean,
  ) {
    this.#app = app;
    this.#counters = counters;
    this.#targets = targets;
    const target = leastBusy(targets, app);
    this.target = target;
    this.method = method;
    this.path = path;
    this.reads = reads;
    counters.requests += 1;
    if (!READS.has(method)) counters.writes += 1;
    counters.inFlight += 1;
    app.flights.add(this);
    if (!reads) app.mayWrite += 1;
    app.busy.set(target.port, (app.busy.get(target.port) ?? 0) + 1);
  }

  /** On a staging domain: no search engine should keep the answer. */
  get forTesters(): boolean {
    return this.#counters.audience === "staging";
  }

  /** Its process could not be connected to: moves on to another of the slot's. False when there is none to try. */
  divert(): boolean {
    const { unreached, busy, streams } = this.#app;
    unreached.set(this.target.port, performance.now() + UNREACHED_MS);
    const next = leastBusy(this.#targets, this.#app);
    if (this.#over || isUnreached(unreached, next.port)) return false;
    if (this.#stream === null) {
      // Not `end` and `begin`: a drain must not see it gone in between.
      const from = this.target.port;
      this.target = next;
      busy.set(next.port, (busy.get(next.port) ?? 0) + 1);
      this.#leave(from);
    } else {
      this.target = next;
      streams.set(this.#stream, { slot: this.#counters.slot, port: next.port });
    }
    return true;
  }

  /** The slot began to answer. */
  answered(status: number): void {
    this.#counters.latencies.record(performance.now() - this.startedAt);
    const digit = Math.floor(status / 100) - 1;
    if (digit in this.#counters.answers) this.#counters.answers[digit]! += 1;
    if (status >= 500) this.fail();
  }

  /** It gives what the live slot has not. */
  lends(): void {
    this.#counters.oldAssets += 1;
  }

  fail(): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#counters.failed += 1;
    if (!READS.has(this.method)) this.#counters.writesFailed += 1;
  }

  /** From here on it is counted as a stream, and drain does not wait for it. */
  becomeStream(stream: Stream): void {
    if (this.#stream !== null || this.#over) return;
    this.#land();
    this.#stream = stream;
    this.#counters.streams += 1;
    this.#app.streams.set(stream, { slot: this.#counters.slot, port: this.target.port });
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#stream === null) {
      this.#land();
    } else {
      this.#counters.streams -= 1;
      this.#app.streams.delete(this.#stream);
    }
  }

  #land(): void {
    this.#counters.inFlight -= 1;
    this.#app.flights.delete(this);
    if (!this.reads) this.#app.mayWrite -= 1;
    this.#leave(this.target.port);
  }

  #leave(port: number): void {
    const { busy, onIdle } = this.#app;
    const left = (busy.get(port) ?? 1) - 1;
    if (left > 0) busy.set(port, left);
    else busy.delete(port);
    if (left <= 0 || this.#app.mayWrite === 0) for (const done of [...onIdle]) done();
  }
}
