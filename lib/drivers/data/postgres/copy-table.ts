/** One table's rows from one server process to another, as text, no faster than the slower of the two. */
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { Refusal } from "#lib/engine/ports.ts";
import { rowsOf } from "./count.ts";
import type { Pair } from "./match.ts";
import { identifiers, qualified, shown } from "./quote.ts";

const CHUNK = { highWaterMark: 1 << 20 };

/** Returns the rows that arrived. `frozen`: the table was emptied in this same transaction. */
export async function copyTable(
  source: pg.Client,
  target: pg.Client,
  pair: Pair,
  options: { frozen: boolean; onChunk(chunk: Buffer): void },
): Promise<number> {
  const out = source.query(copyTo(readStatement(pair), CHUNK));
  const freeze = options.frozen && pair.to.kind === "r" ? " WITH (FREEZE)" : "";
  const columns = identifiers(pair.columns);
  const into = target.query(copyFrom(`COPY ${qualified(pair.to)} (${columns}) FROM STDIN${freeze}`, CHUNK));
  // A session that ends says so once more to streams that are done already.
  out.on("error", () => {});
  into.on("error", () => {});
  out.on("data", options.onChunk);
  try {
    await pipeline(out, into);
  } catch (error) {
    throw refusal(pair, error);
  }
  return into.rowCount;
}

function readStatement({ from, columns }: Pair): string {
  const computed = from.columns.some((column) => column.generated && columns.includes(column.name));
  const list = identifiers(columns);
  return from.kind === "p" || computed
    ? `COPY (SELECT ${list} FROM ${rowsOf(from)}) TO STDOUT`
    : `COPY ${qualified(from)} (${list}) TO STDOUT`;
}

/** Errors that the data or the schema cause are the operator's to mend; others stay what they are. */
function refusal(pair: Pair, error: unknown): unknown {
  const { code, message, column, constraint } = error as pg.DatabaseError;
  if (typeof code !== "string" || !/^(22|23|42|P0)/.test(code)) return error;
  const what = [column && `column ${column}`, constraint && `constraint ${constraint}`].filter(Boolean);
  return new Refusal(
    "rows-do-not-fit",
    `Rows of ${shown(pair.from)} don't fit the target${what.length ? ` (${what.join(", ")})` : ""}: ${message}.`,
    "Change the new release's schema so that it accepts the live rows, or repair the rows.",
    { cause: error },
  );
}
