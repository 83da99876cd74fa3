/** What each app's latest hold has cost so far. */
import type { HoldReport } from "#lib/engine/ports.ts";

export class HoldLedger {
  readonly #holds = new Map<string, HoldReport & { runId: string }>();

  held(app: string, runId: string): void {
    this.#of(app, runId).held += 1;
  }

  refused(app: string, runId: string): void {
    this.#of(app, runId).refused += 1;
  }

  /** A request has left the queue, to its slot or with a 503. */
  waited(app: string, ms: number): void {
    const hold = this.#holds.get(app);
    if (hold !== undefined && ms > hold.longestWaitMs) hold.longestWaitMs = ms;
  }

  read(app: string, runId: string): HoldReport {
    const { held, refused, longestWaitMs } = this.#of(app, runId);
    return { held, refused, longestWaitMs };
  }

  #of(app: string, runId: string) {
    let hold = this.#holds.get(app);
    if (hold?.runId !== runId) {
      hold = { runId, held: 0, refused: 0, longestWaitMs: 0 };
      this.#holds.set(app, hold);
    }
    return hold;
  }
}
