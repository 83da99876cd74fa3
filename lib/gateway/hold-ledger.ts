/** What each app's latest hold has cost so far. */
import type { HoldReport } from "#lib/engine/ports.ts";

export class HoldLedger {
  readonly #holds = new Map<string, HoldReport & { runId: string }>();

  held(app: string, runId: string): void {
    this.#of(app, runId).held += 1;
  }

  /** One that only reads, and went on. */
  served(app: string, runId: string): void {
    this.#of(app, runId).served += 1;
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
    const { runId: _, ...report } = this.#of(app, runId);
    return report;
  }

  #of(app: string, runId: string) {
    let hold = this.#holds.get(app);
    if (hold?.runId !== runId) {
      hold = { runId, held: 0, served: 0, refused: 0, longestWaitMs: 0 };
      this.#holds.set(app, hold);
    }
    return hold;
  }
}
