/** Requests that wait at the gate, in arrival order, for one app and audience. */

/** How often a queue looks whether its lock has gone. Long against a look's cost, short against a person's. */
const LOOK_EVERY_MS = 20;
const FIRST_AT_ONCE = 12;
/** More at once cost connections and memory and gain nothing. */
const MOST_AT_ONCE = 256;
/** A released request gives its place back when the slot begins to answer, or after this. */
const PLACE_MS = 100;

export interface QueueOptions<W> {
  /** Looks at the first that waits. `start` must count it in flight at once and call `free` when the slot answers. */
  judge(
    waiting: W,
  ):
    | { act: "wait"; until: number }
    | { act: "start"; start(free: () => void): void }
    | { act: "settle"; settle(): void };
  /** Called when the last one has left. */
  onEmpty?(): void;
  firstAtOnce?: number;
}

/**
 * Released through a number of places that begins small and grows by one with every place that is given back, so
 * that a slot that has just taken over is not hit by everyone at once and yet no queue lasts.
 */
export class HoldQueue<W> {
  readonly #options: QueueOptions<W>;
  readonly #waiting = new Set<W>();
  #timer: NodeJS.Timeout | null = null;
  #pumping = false;
  #running = 0;
  #atOnce: number;

  constructor(options: QueueOptions<W>) {
    this.#options = options;
    this.#atOnce = options.firstAtOnce ?? FIRST_AT_ONCE;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(waiting: W): void {
    this.#waiting.add(waiting);
    if (this.#timer === null) this.#look(LOOK_EVERY_MS);
  }

  /** For one whose client has gone. False when it had left already. */
  remove(waiting: W): boolean {
    const was = this.#waiting.delete(waiting);
    if (was) this.#afterChange();
    return was;
  }

  /** Lets go whoever may go. Harmless at any time. */
  pump(): void {
    // A place that is given back while we are at it is found by the loop.
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      this.#letGo();
    } finally {
      this.#pumping = false;
    }
  }

  #letGo(): void {
    for (const first of this.#waiting) {
      const verdict = this.#options.judge(first);
      if (verdict.act === "wait") {
        this.#look(Math.min(LOOK_EVERY_MS, Math.max(1, verdict.until - Date.now())));
        return;
      }
      if (verdict.act === "start") {
        if (this.#running >= this.#atOnce) return;
        this.#waiting.delete(first);
        verdict.start(this.#takePlace());
      } else {
        this.#waiting.delete(first);
        verdict.settle();
      }
    }
    this.#afterChange();
  }

  #takePlace(): () => void {
    this.#running += 1;
    let taken = true;
    const free = () => {
      if (!taken) return;
      taken = false;
      clearTimeout(timer);
      this.#running -= 1;
      this.#atOnce = Math.min(MOST_AT_ONCE, this.#atOnce + 1);
      if (this.#waiting.size > 0) this.pump();
    };
    const timer = setTimeout(free, PLACE_MS);
    return free;
  }

  #look(inMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.pump();
      // Nobody could go although the gate is open: places were taken. Their return pumps; this is the safety net.
      if (this.#waiting.size > 0 && this.#timer === null) this.#look(LOOK_EVERY_MS);
    }, inMs);
  }

  #afterChange(): void {
    if (this.#waiting.size > 0) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#atOnce = this.#options.firstAtOnce ?? FIRST_AT_ONCE;
    this.#options.onEmpty?.();
  }
}
