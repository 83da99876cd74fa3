/**
 * Keeps the workers of a gateway in step while they let waiting requests go: none is much ahead of the one whose first
 * request has waited longest. Each tells the keeper when its first one came, and hears how far it may go.
 */

/** How much later a request may have come than the first of all and go all the same. Milliseconds. */
export const STEP_MS = 10;
/** A worker that hears nothing for so long goes on by itself: order is worth less than an answer. */
const PATIENCE_MS = 100;

interface Lane {
  /** Who came until then may go. Epoch milliseconds, as all here. */
  until: number;
  said: number;
  /** When it last could go on; monotonic. */
  since: number;
}

export type SayFirst = (lane: string, cameAt: number | null) => void;

export class Turns {
  readonly #lanes = new Map<string, Lane>();
  #say: SayFirst | null;

  /** Null: there is nobody to be in step with. */
  constructor(say: SayFirst | null) {
    this.#say = say;
  }

  /** Whether the first of a lane, who may leave the gate, may go before those who wait with others. */
  may(name: string, cameAt: number): boolean {
    if (this.#say === null) return true;
    const now = performance.now();
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { until: 0, said: Number.NEGATIVE_INFINITY, since: now };
      this.#lanes.set(name, lane);
    }
    if (cameAt >= lane.said + STEP_MS / 2) {
      lane.said = cameAt;
      this.#say(name, cameAt);
    }
    if (cameAt > lane.until && now - lane.since < PATIENCE_MS) return false;
    if (cameAt > lane.until) lane.until = cameAt + STEP_MS;
    lane.since = now;
    return true;
  }

  /** Nobody waits there any more. */
  empty(name: string): void {
    if (this.#lanes.delete(name)) this.#say?.(name, null);
  }

  moved(name: string, until: number): void {
    const lane = this.#lanes.get(name);
    if (lane !== undefined) lane.until = until;
  }

  /** The keeper is gone. */
  alone(): void {
    this.#say = null;
  }
}

/** The keeper's side: what each worker's first in each lane is. */
export class TurnKeeper<W> {
  readonly #lanes = new Map<string, Map<W, number>>();
  readonly #tell: (worker: W, lane: string, until: number) => void;

  constructor(tell: (worker: W, lane: string, until: number) => void) {
    this.#tell = tell;
  }

  first(worker: W, name: string, cameAt: number | null): void {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = new Map();
      this.#lanes.set(name, lane);
    }
    if (cameAt === null) lane.delete(worker);
    else lane.set(worker, cameAt);
    if (lane.size === 0) this.#lanes.delete(name);
    this.#announce(name, lane);
  }

  gone(worker: W): void {
    for (const [name, lane] of [...this.#lanes]) if (lane.has(worker)) this.first(worker, name, null);
  }

  /** One that is alone has nobody to wait for. */
  #announce(name: string, lane: Map<W, number>): void {
    const until = lane.size === 1 ? Number.MAX_SAFE_INTEGER : Math.min(...lane.values()) + STEP_MS;
    for (const worker of lane.keys()) this.#tell(worker, name, until);
  }
}
