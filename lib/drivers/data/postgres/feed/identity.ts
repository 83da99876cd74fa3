/** How a feed tells rows apart. A table that gives out changes without that makes its own app's updates fail. */
import type pg from "pg";
import type { Match, Pair } from "../match.ts";
import { qualified, shown } from "../quote.ts";

export interface IdentityProblem {
  table: string;
  what: string;
  /** SQL that mends it. */
  sql: string;
}

interface IdentityRow {
  oid: number;
  identity: "d" | "n" | "f" | "i";
  /** Columns by which it tells the rows of its changes apart; null: it can't, or by all of them. */
  gives: string[] | null;
  /** Columns by which it finds the rows of changes that it gets; null: by all of them. */
  finds: string[] | null;
  /** The server refuses changes of tables whose identity has computed columns, which all columns do here. */
  computed: boolean;
  /** Columns of types without an equality. */
  unequal: string[] | null;
  /** Partitions that can't tell their own rows apart: what is written to them is refused, whatever the whole can. */
  blind: { schema: string; name: string }[] | null;
}

const KEY = (table: string, which: string) => `
  (SELECT array_agg(a.attname::text) FROM pg_index i
     JOIN pg_attribute a ON a.attrelid = ${table}.oid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = ${table}.oid AND i.indisvalid AND i.indimmediate AND ${which})`;
const OWN = (table: string) =>
  `CASE ${table}.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END`;

const IDENTITIES = `
  SELECT c.oid::int8::float8 AS oid, c.relreplident AS identity, ${KEY("c", OWN("c"))} AS gives,
         coalesce(${KEY("c", OWN("c"))}, ${KEY("c", "i.indisprimary")}) AS finds,
         current_setting('server_version_num')::int >= 180000 AND EXISTS (
           SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attgenerated <> '' AND NOT a.attisdropped
         ) AS computed,
         (SELECT array_agg(a.attname::text) FROM pg_attribute a
            JOIN pg_type t ON t.oid = a.atttypid
            JOIN pg_type e ON e.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype
                                           WHEN t.typsubscript = 'array_subscript_handler'::regproc THEN t.typelem
                                           ELSE t.oid END
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
             AND e.typtype = 'b' AND NOT EXISTS (
                   SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod AND m.amname IN ('btree', 'hash')
                    WHERE o.opcdefault AND (o.opcintype = e.oid OR EXISTS (
                            SELECT FROM pg_cast k WHERE k.castsource = e.oid AND k.casttarget = o.opcintype
                               AND k.castmethod = 'b' AND k.castcontext = 'i')))) AS unequal,
         (SELECT json_agg(json_build_object('schema', n.nspname, 'name', l.relname))
            FROM pg_partition_tree(c.oid) p JOIN pg_class l ON l.oid = p.relid JOIN pg_namespace n ON n.oid = l.relnamespace
           WHERE c.relkind = 'p' AND p.isleaf AND l.relreplident <> 'f' AND ${KEY("l", OWN("l"))} IS NULL) AS blind
    FROM pg_class c WHERE c.oid = ANY ($1::oid[])`;

type Identities = Map<number, IdentityRow>;

async function readIdentities(client: pg.Client, oids: number[]): Promise<Identities> {
  const { rows } = await client.query<IdentityRow>(IDENTITIES, [oids]);
  return new Map(rows.map((row) => [row.oid, row]));
}

/** Tables of `match` whose rows `from` can't tell apart, or `to` not by what it is told. */
export async function identityProblems(
  from: pg.Client,
  to: pg.Client,
  match: Match,
): Promise<IdentityProblem[]> {
  const mine = await readIdentities(
    from,
    match.pairs.map((pair) => pair.from.oid),
  );
  const theirs = await readIdentities(
    to,
    match.pairs.map((pair) => pair.to.oid),
  );
  return match.pairs.flatMap((pair) => {
    const [own, other] = [mine.get(pair.from.oid), theirs.get(pair.to.oid)];
    const problem = own && other && (problemOf(pair, own) ?? problemBetween(pair, own, other));
    return problem ? [{ table: shown(pair.from), ...problem }] : [];
  });
}

type Problem = Omit<IdentityProblem, "table">;

function problemOf({ from, columns }: Pair, own: IdentityRow): Problem | null {
  const [table, sql] = [shown(from), qualified(from)];
  const has = from.columns.filter(({ generated }) => !generated).map(({ name }) => name);
  if (own.identity !== "f" && own.gives === null)
    return {
      what: `${table} has no primary key, so changed and deleted rows can't be told apart`,
      sql: [from, ...(own.blind ?? [])]
        .map((each) => `ALTER TABLE ${qualified(each)} REPLICA IDENTITY FULL;`)
        .join(" "),
    };
  if (own.blind !== null)
    return {
      what: `${own.blind.map(shown).join(", ")} can't tell their own rows apart, whatever ${table} as a whole can`,
      sql: own.blind.map((leaf) => `ALTER TABLE ${qualified(leaf)} REPLICA IDENTITY FULL;`).join(" "),
    };
  if (own.identity === "f") {
    const why = own.computed
      ? "some of them are computed, which the server refuses"
      : !has.every((name) => columns.includes(name))
        ? "the other side lacks some of them"
        : own.unequal !== null
          ? `those of ${own.unequal.join(", ")} can't be compared`
          : null;
    if (why === null) return null;
    return {
      what: `${table} tells its rows apart by all columns, and ${why}`,
      sql: `-- give it a key, then: ALTER TABLE ${sql} REPLICA IDENTITY DEFAULT;`,
    };
  }
  const missing = own.gives?.filter((name) => !columns.includes(name)) ?? [];
  if (missing.length === 0) return null;
  return {
    what: `The key of ${table} has ${missing.join(", ")}, which the other side lacks or computes`,
    sql: `-- give ${table} of the other slot the column ${missing.join(", ")}`,
  };
}

/** Changes come with the key of the one side, and the other looks for the row by its own. */
function problemBetween({ from, to }: Pair, own: IdentityRow, other: IdentityRow): Problem | null {
  if (own.identity === "f") return null;
  if (other.finds?.every((name) => own.gives?.includes(name))) return null;
  return {
    what: `${shown(from)} tells its rows apart by ${own.gives?.join(", ")}, and the other side by ${other.finds?.join(", ") ?? "all columns"}`,
    sql: `-- give ${shown(to)} the same key on both sides, and ALTER TABLE ${qualified(to)} REPLICA IDENTITY USING INDEX … of it`,
  };
}
