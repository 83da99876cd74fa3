/** The check inside a window: the ends of every key, by index, in one round trip per side. Whatever the tables' size. */
import type pg from "pg";
import type { QuickCheck } from "#lib/engine/ports.ts";
import { readTables, type Table } from "./catalog.ts";
import type { Session } from "./connect.ts";
import { rowsOf } from "./count.ts";
import { readKeyOrders } from "./key-order.ts";
import { matchTables } from "./match.ts";
import { identifier, shown } from "./quote.ts";
import type { Side } from "./side.ts";
import { keyShown, orderedBy, type TableCheck, tableCheck, type Which } from "./verify-query.ts";

/** In a statement. Planned anew as a whole when one of them was analysed, so not all of them. */
const TABLES_AT_ONCE = 10;
/** So many of the differences are told. */
const SENTENCES = 10;

/**
 * Does beforehand what takes long: sessions, the catalog, and plans of the statements. What it compares is as of then.
 * The caller closes it.
 */
export async function openQuickCheck(
  from: Side,
  to: Side,
  isLedger: (table: Table) => boolean,
): Promise<QuickCheck> {
  const sessions: Session[] = [];
  const close = async () => void (await Promise.all(sessions.map((session) => session.close())));
  try {
    for (const { server, names } of [from, to]) sessions.push(await server.reopen(names.database));
    const [left, right] = sessions.map((session) => session.client) as [pg.Client, pg.Client];
    const match = matchTables(await readTables(left), await readTables(right), isLedger);
    const [orders, twins] = [await readKeyOrders(left), await readKeyOrders(right)];
    const checks = match.pairs.map((pair) => tableCheck(pair, orders, twins)).filter(({ order }) => order);
    const statements = await Promise.all([prepare(left, checks, "from"), prepare(right, checks, "to")]);
    const run = async () => {
      const [here, there] = await Promise.all([ends(left, statements[0]), ends(right, statements[1])]);
      return checks.flatMap((check, at) => compare(check, here[at]!, there[at]!)).slice(0, SENTENCES);
    };
    // The first time the server reads what it keeps of each table from then on.
    await run();
    return { tables: checks.length, run, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Returns the statements that run what was prepared. */
async function prepare(client: pg.Client, checks: TableCheck[], side: Which): Promise<string> {
  await client.query("SET default_transaction_read_only = on; SET enable_sort = off; SET jit = off");
  const names: string[] = [];
  for (let first = 0; first < checks.length; first += TABLES_AT_ONCE) {
    const name = identifier(`ends_${first}`);
    const tables = checks.slice(first, first + TABLES_AT_ONCE).map((check) => endsQuery(check, side));
    await client.query(`PREPARE ${name} AS ${tables.join(" UNION ALL ")}`);
    names.push(`EXECUTE ${name}`);
  }
  return names.join("; ");
}

type Ends = [lowest: string | null, highest: string | null];

function endsQuery(check: TableCheck, side: Which): string {
  const end = (direction: "ASC" | "DESC") =>
    `(SELECT ${keyShown(check, side)} FROM ${rowsOf(check.pair[side])} t ORDER BY ${orderedBy(check, side, direction)} LIMIT 1)`;
  return `SELECT ${end("ASC")}, ${end("DESC")}`;
}

async function ends(client: pg.Client, statements: string): Promise<Ends[]> {
  if (statements === "") return [];
  // Several statements have several results, one has its own.
  const results = [await client.query<Ends>({ text: statements, rowMode: "array" })].flat();
  return results.flatMap(({ rows }) => rows);
}

function compare({ pair }: TableCheck, from: Ends, to: Ends): string[] {
  const table = shown(pair.from);
  if ((from[0] === null) !== (to[0] === null)) {
    const [full, empty] = from[0] === null ? ["target", "source"] : ["source", "target"];
    return [`${table} has rows on the ${full} and none on the ${empty}`];
  }
  return (["lowest", "highest"] as const).flatMap((end, at) =>
    from[at] === to[at]
      ? []
      : [`${table}: the ${end} key is ${from[at]} on the source and ${to[at]} on the target`],
  );
}
