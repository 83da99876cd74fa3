/** When each request was due, when it was done and how it ended; all questions about stalls are asked of this. */

/** `refused`: a clean 503 or 409, which proves that nothing was written. `failed`: everything else that is not 2xx. */
export type Ending = "ok" | "refused" | "failed";

export interface Sample {
  write: boolean;
  /** What it asked for, known when it is done: requests of one kind take about as long as each other. */
  kind: string | null;
  /** Epoch milliseconds: when it was due, not when it left. */
  due: number;
  /** Epoch milliseconds; null while it is in flight. */
  done: number | null;
  ending: Ending | null;
  /** Why it failed: the status, or the error's code. */
  reason: string | null;
}

export interface Range {
  /** Epoch milliseconds. */
  from: number;
  to: number;
}

/** Older samples are forgotten beyond this many, so that a demo can run for days; `total` counts them all. */
const KEPT = 1_000_000;

export class Samples {
  total = 0;
  #kept: Sample[] = [];
  #open = new Set<Sample>();
  #notOk: Sample[] = [];

  begin(write: boolean, due: number): Sample {
    const sample: Sample = { write, kind: null, due, done: null, ending: null, reason: null };
    this.total++;
    this.#kept.push(sample);
    this.#open.add(sample);
    if (this.#kept.length > KEPT) this.#kept.splice(0, KEPT / 2);
    return sample;
  }

  end(sample: Sample, done: number, ending: Ending, reason: string | null = null): void {
    sample.done = done;
    sample.ending = ending;
    sample.reason = reason;
    this.#open.delete(sample);
    if (ending !== "ok") this.#notOk.push(sample);
    if (this.#notOk.length > KEPT) this.#notOk.splice(0, KEPT / 2);
  }

  /** Refused and failed, remembered when the others of their time are forgotten. */
  get notOk(): readonly Sample[] {
    return this.#notOk;
  }

  get inFlight(): number {
    return this.#open.size;
  }

  /** Those that are waiting now. */
  open(): Sample[] {
    return [...this.#open];
  }

  get writesInFlight(): number {
    let count = 0;
    for (const sample of this.#open) if (sample.write) count++;
    return count;
  }

  all(): readonly Sample[] {
    return this.#kept;
  }

  /** The samples that were waiting at some moment of the range. */
  overlapping({ from, to }: Range): Sample[] {
    return this.#kept.filter((sample) => sample.due < to && (sample.done === null || sample.done > from));
  }
}

export const waited = (sample: Sample, now: number): number => (sample.done ?? now) - sample.due;

/** The longest wait, in milliseconds; 0 of none. */
export function longest(samples: readonly Sample[], now: number): number {
  let worst = 0;
  for (const sample of samples) worst = Math.max(worst, waited(sample, now));
  return worst;
}

/** Nearest-rank percentiles of the finished ones, in milliseconds; null of none. */
export function percentiles<P extends number>(samples: readonly Sample[], ranks: readonly P[]) {
  const waits = Float64Array.from(
    samples.filter((sample) => sample.done !== null),
    (sample) => waited(sample, 0),
  ).sort();
  const at = (rank: number) => waits[Math.max(0, Math.ceil((rank / 100) * waits.length) - 1)] ?? null;
  return Object.fromEntries(ranks.map((rank) => [rank, at(rank)])) as Record<P, number | null>;
}
