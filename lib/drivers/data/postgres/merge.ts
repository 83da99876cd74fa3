/** Walks two ordered streams of rows side by side and tells how they differ. Holds one batch of each. */
import type pg from "pg";
import type { DifferentRow } from "#lib/engine/ports.ts";
import { compareBytewise } from "./compare-text.ts";

export interface KeyedRow {
  key: string;
  fingerprint: string;
  times: number;
  values: (string | null)[];
}

export interface Found {
  kind: DifferentRow["kind"];
  times: number;
  base: KeyedRow | null;
  current: KeyedRow | null;
}

const BATCH = 2_000;

/** Reads a statement's rows through a cursor of the open transaction. Values come as PostgreSQL writes them. */
export async function* readOrdered(
  client: pg.Client,
  sql: string,
  buckets: number[],
): AsyncGenerator<KeyedRow> {
  await client.query(`DECLARE signalbox_rows NO SCROLL CURSOR FOR ${sql}`, [buckets]);
  for (;;) {
    const { rows } = await client.query<(string | null)[]>({
      text: `FETCH ${BATCH} FROM signalbox_rows`,
      rowMode: "array",
      types: { getTypeParser: () => (value: string) => value },
    });
    for (const [key, fingerprint, times, ...values] of rows) {
      yield { key: key!, fingerprint: fingerprint!, times: Number(times), values };
    }
    if (rows.length < BATCH) break;
  }
  await client.query("CLOSE signalbox_rows");
}

export async function* differences(
  base: AsyncIterable<KeyedRow>,
  current: AsyncIterable<KeyedRow>,
): AsyncGenerator<Found> {
  const left = base[Symbol.asyncIterator]();
  const right = current[Symbol.asyncIterator]();
  let [old, now] = await Promise.all([left.next(), right.next()]);
  while (!old.done || !now.done) {
    const order = old.done ? 1 : now.done ? -1 : compareBytewise(old.value.key, now.value.key);
    if (order < 0) {
      yield { kind: "deleted", times: old.value!.times, base: old.value!, current: null };
      old = await left.next();
    } else if (order > 0) {
      yield { kind: "inserted", times: now.value!.times, base: null, current: now.value! };
      now = await right.next();
    } else {
      const found = compare(old.value!, now.value!);
      if (found) yield found;
      [old, now] = await Promise.all([left.next(), right.next()]);
    }
  }
}

function compare(base: KeyedRow, current: KeyedRow): Found | null {
  const more = current.times - base.times;
  if (more > 0) return { kind: "inserted", times: more, base: null, current };
  if (more < 0) return { kind: "deleted", times: -more, base, current: null };
  return base.fingerprint === current.fingerprint ? null : { kind: "changed", times: 1, base, current };
}
