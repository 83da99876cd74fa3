/** Latencies of the last ten seconds, and all of them in coarser bins, in a fixed amount of memory. */

const SECONDS = 10;
/** Bins grow by a fifth each, from 0.05 ms to beyond a minute. */
const BINS = 80;
const SMALLEST_MS = 0.05;
const BINS_PER_DOUBLING = 4;

const binOf = (ms: number): number => {
  if (ms <= SMALLEST_MS) return 0;
  return Math.min(BINS - 1, Math.ceil(Math.log2(ms / SMALLEST_MS) * BINS_PER_DOUBLING));
};
const upperEdge = (bin: number): number => SMALLEST_MS * 2 ** (bin / BINS_PER_DOUBLING);

/** Upper edges for Prometheus; what is slower than the last counts beyond it. */
export const LATENCY_BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

export class Latencies {
  readonly #counts = new Array<number>(LATENCY_BOUNDS_MS.length + 1).fill(0);
  #sumMs = 0;
  readonly #bins = Array.from({ length: SECONDS }, () => new Uint32Array(BINS));
  readonly #seconds = new Float64Array(SECONDS).fill(-1);

  record(ms: number, now = performance.now()): void {
    const second = Math.floor(now / 1000);
    const place = second % SECONDS;
    if (this.#seconds[place] !== second) {
      this.#seconds[place] = second;
      this.#bins[place]!.fill(0);
    }
    this.#bins[place]![binOf(ms)]! += 1;
    let bound = 0;
    while (bound < LATENCY_BOUNDS_MS.length && ms > LATENCY_BOUNDS_MS[bound]!) bound += 1;
    this.#counts[bound]! += 1;
    this.#sumMs += ms;
  }

  /** Since the start: how many within each bound and above the one before it, and what they sum up to. */
  all(): { counts: number[]; sumMs: number } {
    return { counts: [...this.#counts], sumMs: this.#sumMs };
  }

  read(now = performance.now()): { perSecond: number; p50Ms: number | null; p95Ms: number | null } {
    const second = Math.floor(now / 1000);
    const sum = new Uint32Array(BINS);
    let total = 0;
    for (let place = 0; place < SECONDS; place += 1) {
      if (this.#seconds[place]! <= second - SECONDS) continue;
      for (let bin = 0; bin < BINS; bin += 1) {
        const count = this.#bins[place]![bin]!;
        sum[bin]! += count;
        total += count;
      }
    }
    return {
      perSecond: total / SECONDS,
      p50Ms: quantile(sum, total, 0.5),
      p95Ms: quantile(sum, total, 0.95),
    };
  }
}

function quantile(bins: Uint32Array, total: number, share: number): number | null {
  if (total === 0) return null;
  let left = Math.ceil(total * share);
  for (let bin = 0; bin < bins.length; bin += 1) {
    left -= bins[bin]!;
    if (left <= 0) return Math.round(upperEdge(bin) * 100) / 100;
  }
  return null;
}
