import type { CopyProgress } from "#lib/engine/ports.ts";

const EVERY_MS = 200;

/** Keeps the figures of a running copy and hands them on at least five times a second. */
export class ProgressReport {
  readonly #onProgress: (progress: CopyProgress) => void;
  readonly #estimates: Map<string, number>;
  readonly #timer: NodeJS.Timeout;
  #table = "";
  #tableBytes = 0;
  #tablesDone = 0;
  #rows = 0;
  #bytes = 0;

  /** `estimates` are bytes by table, all that will be copied. */
  constructor(estimates: Map<string, number>, onProgress: (progress: CopyProgress) => void) {
    this.#estimates = new Map(estimates);
    this.#onProgress = onProgress;
    this.#timer = setInterval(() => this.#tell(), EVERY_MS);
  }

  begin(table: string): void {
    this.#table = table;
    this.#tableBytes = 0;
  }

  /** Takes a part of the rows' text: in it every line is a row, since line ends within values are escaped. */
  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#tableBytes += chunk.length;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) this.#rows += 1;
  }

  /** The table is done: what it was comes in the place of what it was thought to be. */
  end(): number {
    this.#estimates.set(this.#table, this.#tableBytes);
    this.#tablesDone += 1;
    this.#tell();
    return this.#tableBytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tell(): void {
    const total = [...this.#estimates.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.#onProgress({
      table: this.#table,
      tablesDone: this.#tablesDone,
      tablesTotal: this.#estimates.size,
      rows: this.#rows,
      bytes: this.#bytes,
      bytesTotal: Math.max(total, this.#bytes),
    });
  }
}
