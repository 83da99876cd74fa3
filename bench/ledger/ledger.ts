/** The outside record of every write: hands out writes nobody has sent before, and keeps what became of each. */
import { randomBytes } from "node:crypto";
import { ADDS_PER_ACCOUNT, deltaOf } from "./deltas.ts";
import { type Journal, openJournal } from "./journal.ts";
import { contentOf, sha256, sizeOf } from "./uploads.ts";
import type { Outcome, Write, WriteRecord } from "./writes.ts";

/** How many acknowledged refs and entries are remembered for reads and deletes. */
const REMEMBERED = 2_000;

interface Known {
  ref: string;
  id: string;
  at: number;
}

export interface LedgerOptions {
  /** Appended to; without it the record is in memory only. */
  file?: string;
  /** Start of every ref and account name; tells this ledger's rows from all others. */
  prefix?: string;
  /** For traffic that runs for days and is never verified: `records` stays empty. */
  forget?: boolean;
}

export class Ledger {
  readonly prefix: string;
  readonly records: WriteRecord[] = [];
  #forget: boolean;
  #count = 0;
  #journal: Journal | null;
  #account = { number: 0, adds: 0 };
  #orders: Known[] = [];
  #entries: Known[] = [];
  #uploads: Known[] = [];

  constructor(options: LedgerOptions = {}) {
    this.prefix = options.prefix ?? `l${randomBytes(5).toString("hex")}`;
    this.#forget = options.forget ?? false;
    this.#journal = options.file ? openJournal(options.file) : null;
  }

  beginOrder(): WriteRecord {
    const seq = this.#count;
    return this.#begin({ kind: "order", ref: `${this.prefix}-o${seq}`, amount: 1 + ((seq * 7919) % 9_999) });
  }

  beginEntry(): WriteRecord {
    const seq = this.records.length;
    return this.#begin({
      kind: "entry",
      ref: `${this.prefix}-e${seq}`,
      delta: 1 + ((seq * 104_729) % 9_999),
    });
  }

  /** The delete of an acknowledged entry that was not to be deleted before; null when there is none. */
  beginDelete(): WriteRecord | null {
    const entry = takeOne(this.#entries);
    return entry ? this.#begin({ kind: "delete", ref: entry.ref, id: entry.id }) : null;
  }

  beginAdd(): WriteRecord {
    if (this.#account.adds === ADDS_PER_ACCOUNT)
      this.#account = { number: this.#account.number + 1, adds: 0 };
    const account = `${this.prefix}-a${this.#account.number}`;
    return this.#begin({ kind: "add", account, delta: deltaOf(this.#account.adds++) });
  }

  beginUpload(): WriteRecord {
    const ref = `${this.prefix}-u${this.#count}`;
    const content = contentOf(ref, sizeOf(this.#count));
    return this.#begin({ kind: "upload", ref, bytes: content.length, sha256: sha256(content) });
  }

  /** Call once per write that was begun. `id` is the row's id where the answer had one. */
  settle(record: WriteRecord, outcome: Exclude<Outcome, "pending">, id: string | null = null): void {
    if (record.outcome !== "pending") throw new Error(`write ${record.seq} is already ${record.outcome}`);
    record.outcome = outcome;
    record.settledAt = now();
    record.id = id;
    this.#journal?.append({ settle: record.seq, at: record.settledAt, outcome, id });
    if (outcome !== "acknowledged") return;
    const { write } = record;
    if (write.kind === "order")
      remember(this.#orders, { ref: write.ref, id: id ?? "", at: record.settledAt });
    if (write.kind === "upload")
      remember(this.#uploads, { ref: write.ref, id: write.sha256, at: record.settledAt });
    if (write.kind === "entry" && id !== null)
      remember(this.#entries, { ref: write.ref, id, at: record.settledAt });
  }

  /** The hash of an acknowledged upload, for reads; null when none is known. */
  knownUpload(): string | null {
    return pickOne(this.#uploads)?.id ?? null;
  }

  /** The ref of an acknowledged order, for reads; null when none is known. */
  knownRef(): string | null {
    return pickOne(this.#orders)?.ref ?? null;
  }

  /**
   * Starts a new span: no later write or read touches a row that was acknowledged at `since` (epoch ms) or after.
   * For a rollback that loses what was written since then. Returns now, the boundary between the two spans.
   */
  startSpan(since: number): number {
    this.#orders = this.#orders.filter((order) => order.at < since);
    this.#entries = [];
    this.#account = { number: this.#account.number + 1, adds: 0 };
    return now();
  }

  /** Takes note that a rollback took these writes back. */
  rollBack(records: WriteRecord[]): void {
    for (const record of records) record.rolledBack = true;
    this.#journal?.append({ rolledBack: records.map((record) => record.seq) });
  }

  close(): void {
    this.#journal?.close();
    this.#journal = null;
  }

  #begin(write: Write): WriteRecord {
    const record: WriteRecord = {
      seq: this.#count++,
      write,
      begunAt: now(),
      settledAt: null,
      outcome: "pending",
      id: null,
      rolledBack: false,
    };
    if (!this.#forget) this.records.push(record);
    this.#journal?.append({ begin: record.seq, at: record.begunAt, write });
    return record;
  }
}

/** Epoch milliseconds that never step back. */
export const now = (): number => performance.timeOrigin + performance.now();

function remember(list: Known[], item: Known): void {
  if (list.length < REMEMBERED) list.push(item);
  else list[Math.floor(Math.random() * REMEMBERED)] = item;
}

const pickOne = (list: Known[]): Known | undefined => list[Math.floor(Math.random() * list.length)];

function takeOne(list: Known[]): Known | undefined {
  const index = Math.floor(Math.random() * list.length);
  const taken = list[index];
  const last = list.pop();
  if (last && taken && last !== taken) list[index] = last;
  return taken;
}
