/** Takes every request through the gate: find its route, decide, let it pass, wait or refuse it. No HTTP here. */
import type { OwnAnswer, OwnReason } from "#lib/gate/answers.ts";
import { lenderOf } from "#lib/gate/assets.ts";
import { type Decision, decide } from "#lib/gate/decide.ts";
import { hostOf } from "#lib/gate/host.ts";
import type { LockReader } from "#lib/gate/lock-reader.ts";
import type { AppRoutes, Audience, SlotRoute } from "#lib/gate/routes.ts";
import type { Limits } from "./exchange.ts";
import { HoldLedger } from "./hold-ledger.ts";
import { HoldQueue } from "./hold-queue.ts";
import type { RouteBook } from "./route-book.ts";
import type { Flight, Traffic } from "./traffic.ts";
import { Turns } from "./turns.ts";

/** Where a request that passed the gate goes. */
export interface Way {
  routes: AppRoutes;
  audience: Audience;
  slot: SlotRoute;
  flight: Flight;
  /** Counts the request in at the other slot, which may have the file that this one has not. Null: never asked. */
  askOther: (() => Lender) | null;
}

/** The slot that answers in another's place. */
export interface Lender {
  slot: SlotRoute;
  flight: Flight;
}

/** One request, whatever it is made of. Exactly one of the four acts is called, once. */
export interface Visit {
  /** The Host header. */
  readonly host: string | undefined;
  readonly method: string;
  readonly path: string;
  /** Whether it asks for a WebSocket or an event stream. */
  readonly stream: boolean;
  /** Monotonic milliseconds at which it began to wait. */
  waitingSince: number;
  /** How long it waited. */
  heldMs: number;
  /** Why it is more than the app takes. */
  exceeds(limits: Limits): OwnReason | null;
  /** False: it was answered already (entering with a pass, or none where one is needed). */
  admitToStaging(routes: AppRoutes): boolean;
  toDashboard(): void;
  /** `free` is called once the slot begins to answer, or the attempt is over. */
  toSlot(way: Way, free: () => void): void;
  refuse(answer: OwnAnswer, app: string | null): void;
  answerHealthy(): void;
  /** The client has gone while it waited. */
  onGone(then: () => void): void;
}

interface Waiting {
  visit: Visit;
  app: string;
}

const NOTHING = () => {};
const BUSY_RETRY_AFTER = 5;
/** How soon to look again whether it is this worker's turn; usually the keeper says so before. */
const TURN_MS = 5;

export class Gatekeeper {
  readonly #routes: RouteBook;
  readonly #locks: LockReader;
  readonly #traffic: Traffic;
  readonly #holdLimit: number;
  readonly #releaseAtOnce: number | undefined;
  readonly #turns: Turns;
  readonly #queues = new Map<string, HoldQueue<Waiting>>();
  #waiting = 0;
  #sendingAway = false;
  readonly ledger = new HoldLedger();

  constructor(options: {
    routes: RouteBook;
    locks: LockReader;
    traffic: Traffic;
    /** How many requests may wait in all. */
    holdLimit: number;
    releaseAtOnce?: number;
    /** In which order the workers of a gateway let go. */
    turns?: Turns;
  }) {
    this.#turns = options.turns ?? new Turns(null);
    this.#routes = options.routes;
    this.#locks = options.locks;
    this.#traffic = options.traffic;
    this.#holdLimit = options.holdLimit;
    this.#releaseAtOnce = options.releaseAtOnce;
  }

  admit(visit: Visit): void {
    const found = this.#routes.find(visit.host);
    if (found === null) {
      // With the routes lost nobody can say that there is no such site.
      const lost = { reason: "busy", retryAfter: BUSY_RETRY_AFTER } as const;
      visit.refuse(this.#routes.lost ? lost : { reason: nowhere(visit.host) }, null);
    } else if (found.kind === "dashboard") visit.toDashboard();
    else this.#toApp(visit, found.routes, found.audience);
  }

  #toApp(visit: Visit, routes: AppRoutes, audience: Audience): void {
    if (audience === "staging" && !visit.admitToStaging(routes)) return;
    const decision = this.#decide(visit, routes, audience);
    const tooMuch = decision.act === "refuse" ? null : visit.exceeds(routes.limits);
    if (tooMuch !== null) {
      visit.refuse({ reason: tooMuch }, routes.app);
      return;
    }
    const queue = this.#queues.size === 0 ? undefined : this.#queues.get(`${routes.app} ${audience}`);
    // Who comes while others are still being let go stands behind them.
    const behind = decision.act === "pass" && !decision.reads && queue !== undefined;
    if (decision.act === "wait" || behind) {
      this.#wait(visit, routes.app, audience, decision);
    } else {
      this.#settle(visit, routes, audience, decision, NOTHING);
    }
  }

  /** Looks at an app's queues now rather than at the next tick. */
  pump(app: string): void {
    for (const audience of ["public", "staging"]) this.#queues.get(`${app} ${audience}`)?.pump();
  }

  /** One of an app's queues, by its name among the turns. */
  pumpLane(lane: string): void {
    this.#queues.get(lane)?.pump();
  }

  /** Answers everyone who waits with 503: the gateway is on its way out. */
  sendAway(): void {
    this.#sendingAway = true;
    for (const queue of [...this.#queues.values()]) queue.pump();
  }

  waiting(app: string): number {
    let sum = 0;
    for (const audience of ["public", "staging"]) sum += this.#queues.get(`${app} ${audience}`)?.size ?? 0;
    return sum;
  }

  #decide(visit: Visit, routes: AppRoutes, audience: Audience): Decision {
    const now = Date.now();
    const locks = this.#locks.readOncePerTurn(routes.app, now);
    const { method, path, stream } = visit;
    return decide({ routes, audience, locks, method, path, stream, now });
  }

  #settle(visit: Visit, routes: AppRoutes, audience: Audience, decision: Decision, free: () => void): void {
    const { app } = routes;
    if (decision.act === "pass") {
      const { slot, reads, during } = decision;
      if (during !== undefined) this.ledger.served(app, during);
      const { method, path } = visit;
      const begin = (at: SlotRoute) => this.#traffic.begin(app, at, audience, method, path, reads);
      const flight = begin(slot);
      const other = lenderOf(routes, audience, slot, method, path);
      const askOther = other && (() => ({ slot: other, flight: begin(other) }));
      visit.toSlot({ routes, audience, slot, flight, askOther }, free);
    } else if (decision.act === "answer-healthy") {
      visit.answerHealthy();
    } else if (decision.act === "refuse") {
      if (decision.runId !== null) this.ledger.refused(app, decision.runId);
      visit.refuse(decision, app);
    }
  }

  #wait(visit: Visit, app: string, audience: Audience, decision: Decision): void {
    const runId = decision.act === "wait" ? decision.runId : null;
    if (this.#waiting >= this.#holdLimit) {
      if (runId !== null) this.ledger.refused(app, runId);
      visit.refuse({ reason: "busy", retryAfter: BUSY_RETRY_AFTER }, app);
      return;
    }
    if (runId !== null) this.ledger.held(app, runId);
    visit.waitingSince = performance.now();
    const queue = this.#queue(app, audience);
    const waiting = { visit, app };
    this.#waiting += 1;
    queue.add(waiting);
    visit.onGone(() => {
      if (queue.remove(waiting)) this.#waiting -= 1;
    });
    if (decision.act === "pass") queue.pump();
  }

  #queue(app: string, audience: Audience): HoldQueue<Waiting> {
    const key = `${app} ${audience}`;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new HoldQueue<Waiting>({
        judge: (waiting) => this.#judge(waiting, key),
        onEmpty: () => {
          this.#queues.delete(key);
          this.#turns.empty(key);
        },
        firstAtOnce: this.#releaseAtOnce,
      });
      this.#queues.set(key, queue);
    }
    return queue;
  }

  /** The route is looked up anew: it may have changed while the request waited, and usually has. */
  #judge({ visit, app }: Waiting, lane: string) {
    const settle = (then: () => void) => ({
      act: "settle" as const,
      settle: () => this.#leave(visit, app, then),
    });
    if (this.#sendingAway) {
      return settle(() => visit.refuse({ reason: "busy", retryAfter: BUSY_RETRY_AFTER }, app));
    }
    const found = this.#routes.find(visit.host);
    if (found?.kind !== "app") return settle(() => visit.refuse({ reason: nowhere(visit.host) }, null));
    const { routes, audience } = found;
    const decision = this.#decide(visit, routes, audience);
    if (decision.act === "wait") return decision;
    if (decision.act !== "pass")
      return settle(() => this.#settle(visit, routes, audience, decision, NOTHING));
    if (!this.#turns.may(lane, performance.timeOrigin + visit.waitingSince)) {
      return { act: "wait" as const, until: Date.now() + TURN_MS };
    }
    const start = (free: () => void) =>
      this.#leave(visit, app, () => this.#settle(visit, routes, audience, decision, free));
    return { act: "start" as const, start };
  }

  #leave(visit: Visit, app: string, then: () => void): void {
    this.#waiting -= 1;
    visit.heldMs = performance.now() - visit.waitingSince;
    this.ledger.waited(app, visit.heldMs);
    then();
  }
}

/** No Host at all is HTTP/1.0's way of asking; one that can't be a host is a mistake. */
const nowhere = (host: string | undefined): OwnReason =>
  host && hostOf(host) === null ? "bad-request" : "unknown-host";
