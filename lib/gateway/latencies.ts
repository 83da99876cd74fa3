/** Latencies of the last ten seconds, in a fixed amount of memory. */

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

export class Latencies {
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
