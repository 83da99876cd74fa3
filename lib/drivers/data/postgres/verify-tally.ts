/** What is known of one table while it is verified. */
import type { Mismatch, VerifyReport } from "#lib/engine/ports.ts";
import type { Settled } from "./verify-settle.ts";

/** So many wrong rows of a table are enough: it is not looked through any further. */
const ENOUGH = 1_000;
const SAMPLE = 5;

export class TableTally {
  readonly #table: string;
  #rows = 0;
  #sum = 0n;
  #ranges = 0;
  #wrong = 0;
  readonly #restless: string[] = [];
  readonly mismatches: Mismatch[] = [];

  constructor(table: string) {
    this.#table = table;
  }

  get full(): boolean {
    return this.#wrong >= ENOUGH;
  }

  /** A range as `from` has it. Its sum is PostgreSQL's, of hashes that may be negative. */
  add({ rows, sum }: { rows: string; sum: string }, ranges = 1): void {
    this.#rows += Number(rows);
    this.#sum += BigInt(sum);
    this.#ranges += ranges;
  }

  settled({ wrong, restless }: Settled): void {
    this.#restless.push(...restless.slice(0, ENOUGH));
    for (const kind of ["missing", "extra", "changed"] as const) {
      const rows = wrong.filter((row) => row.kind === kind);
      if (rows.length === 0) continue;
      this.#wrong += rows.length;
      this.mismatches.push({
        table: this.#table,
        kind,
        keyFrom: rows[0]!.shown,
        keyTo: rows.at(-1)!.shown,
        rows: rows.reduce((sum, row) => sum + row.rows, 0),
        sample: rows.slice(0, SAMPLE).map(({ shown }) => shown),
      });
    }
  }

  get report(): VerifyReport["tables"][number] {
    const checksum = BigInt.asUintN(64, this.#sum).toString(16).padStart(16, "0");
    return { table: this.#table, rows: this.#rows, checksum, ranges: this.#ranges };
  }

  get notes(): string[] {
    const notes: string[] = [];
    if (this.full) notes.push(`${this.#table} was not looked through to its end: so much in it differs`);
    if (this.#restless.length > 0) {
      const first = this.#restless.slice(0, SAMPLE).join(", ");
      notes.push(
        `${this.#table}: ${this.#restless.length} rows changed too often to be compared, ${first} among them`,
      );
    }
    return notes;
  }
}
