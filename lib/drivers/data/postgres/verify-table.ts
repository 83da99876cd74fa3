/** One table of both sides, part by part; each part is read in a transaction of its own. */
import type pg from "pg";
import {
  boundaryQuery,
  groupRowsQuery,
  groupsQuery,
  type Range,
  rangeQuery,
  rangeRowsQuery,
  type Statement,
  type TableCheck,
  type Which,
} from "./verify-query.ts";
import { type Look, type Rows, settle } from "./verify-settle.ts";
import type { TableTally } from "./verify-tally.ts";

export interface Sides {
  from: pg.Client;
  to: pg.Client;
}

interface Summary {
  rows: string;
  sum: string;
}

export interface TableWalk {
  sides: Sides;
  check: TableCheck;
  tally: TableTally;
  /** In a range, and at most at once in memory. */
  rangeRows: number;
  caughtUp: Look["caughtUp"];
  pause: Look["pause"];
  /** Rows of `from` that were dealt with since the last call. */
  onRows(rows: number): void;
}

const ask = async <T extends object>(walk: TableWalk, side: Which, statement: Statement): Promise<T[]> =>
  (await walk.sides[side].query<T & pg.QueryResultRow>(statement)).rows;

const both = <T>(read: (side: Which) => Promise<T>): Promise<[T, T]> =>
  Promise.all([read("from"), read("to")]);

export const verifyTable = (walk: TableWalk): Promise<void> =>
  walk.check.order ? verifyRanges(walk) : verifyGroups(walk);

async function verifyRanges(walk: TableWalk): Promise<void> {
  const { check, tally } = walk;
  let range: Range = { after: null, upTo: null };
  do {
    range = await cut(walk, "from", { after: range.upTo, upTo: null });
    const part = range;
    const [from, to] = await both(
      async (side) => (await ask<Summary>(walk, side, rangeQuery(check, side, part)))[0]!,
    );
    tally.add(from);
    if (!equal(from, to)) await inspect(walk, range);
    walk.onRows(Number(from.rows));
  } while (range.upTo && !tally.full);
}

/** Row by row; `to` may have many more in the range. */
async function inspect(walk: TableWalk, range: Range): Promise<void> {
  let part: Range = { after: null, upTo: range.after };
  do {
    const here = await cut(walk, "to", { after: part.upTo, upTo: range.upTo });
    part = await cut(walk, "from", here);
    await settleRows(walk, (side) => rangeRowsQuery(walk.check, side, part));
  } while (part.upTo !== range.upTo && !walk.tally.full);
}

/** The beginning of a range that holds no more rows than one may; the range itself where it does not. */
async function cut(walk: TableWalk, side: Which, range: Range): Promise<Range> {
  const [last] = await ask<{ key: string[] }>(
    walk,
    side,
    boundaryQuery(walk.check, side, range, walk.rangeRows),
  );
  return last ? { after: range.after, upTo: last.key } : range;
}

/** Rows in no order that both sides share: all of the table at once, in groups by hash. */
async function verifyGroups(walk: TableWalk): Promise<void> {
  const { check, tally } = walk;
  const [from, to] = await both(async (side) => {
    const rows = await ask<Summary & { bucket: number }>(walk, side, groupsQuery(check, side));
    return new Map(rows.map((row) => [row.bucket, row]));
  });
  for (const group of from.values()) tally.add(group, 0);
  tally.add(NOTHING);
  const different = [...new Set([...from.keys(), ...to.keys()])].filter(
    (bucket) => !equal(from.get(bucket) ?? NOTHING, to.get(bucket) ?? NOTHING),
  );
  while (different.length > 0 && !tally.full) {
    const groups: number[] = [];
    for (let rows = 0; different.length > 0 && rows < walk.rangeRows; ) {
      const bucket = different.pop()!;
      groups.push(bucket);
      rows += Math.max(Number(from.get(bucket)?.rows ?? 0), Number(to.get(bucket)?.rows ?? 0));
    }
    await settleRows(walk, (side) => groupRowsQuery(check, side, groups));
  }
  walk.onRows([...from.values()].reduce((sum, { rows }) => sum + Number(rows), 0));
}

const NOTHING: Summary = { rows: "0", sum: "0" };

const equal = (one: Summary, other: Summary): boolean => one.rows === other.rows && one.sum === other.sum;

async function settleRows(walk: TableWalk, statement: (side: Which) => Statement): Promise<void> {
  const read = async (side: Which): Promise<Rows> => {
    const rows = await ask<{ id: string; shown?: string; value: string; version: string }>(
      walk,
      side,
      statement(side),
    );
    return new Map(rows.map(({ id, shown = id, value, version }) => [id, { shown, value, version }]));
  };
  const { caughtUp, pause } = walk;
  const look: Look = { from: () => read("from"), to: () => read("to"), caughtUp, pause };
  walk.tally.settled(await settle(look, { times: walk.check.key === null }));
}
