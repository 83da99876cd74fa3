/** How a feed tells rows apart. A table that gives out changes without that makes its own app's updates fail. */
import type pg from "pg";
import type { Match } from "../match.ts";
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
  /** Columns that the identity consists of; null: it has none. */
  columns: string[] | null;
}

const IDENTITIES = `
  SELECT c.oid::int8::float8 AS oid, c.relreplident AS identity, (
           SELECT array_agg(a.attname::text) FROM pg_index i
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
            WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
              AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END
         ) AS columns
    FROM pg_class c WHERE c.oid = ANY ($1::oid[])`;

/** Tables that `match` gives out of this database without telling their rows apart. Partitions have their own. */
export async function identityProblems(client: pg.Client, match: Match): Promise<IdentityProblem[]> {
  const { rows } = await client.query<IdentityRow>(IDENTITIES, [match.pairs.map((pair) => pair.from.oid)]);
  const byOid = new Map(rows.map((row) => [row.oid, row]));
  return match.pairs.flatMap(({ from, columns }) => {
    const { identity, columns: key } = byOid.get(from.oid) ?? { identity: "n", columns: null };
    const table = shown(from);
    const own = from.columns.filter(({ generated }) => !generated).map(({ name }) => name);
    const all = own.every((name) => columns.includes(name));
    if (identity === "f") {
      if (all) return [];
      return [
        {
          table,
          what: `${table} tells its rows apart by all columns, and the other side lacks some of them`,
          sql: `ALTER TABLE ${qualified(from)} REPLICA IDENTITY DEFAULT;`,
        },
      ];
    }
    if (key === null) {
      return [
        {
          table,
          what: `${table} has no primary key, so changed and deleted rows can't be told apart`,
          sql: `ALTER TABLE ${qualified(from)} REPLICA IDENTITY FULL;`,
        },
      ];
    }
    const missing = key.filter((name) => !columns.includes(name));
    if (missing.length === 0) return [];
    return [
      {
        table,
        what: `The key of ${table} has ${missing.join(", ")}, which the other side lacks`,
        sql: `-- give ${table} of the other slot the column ${missing.join(", ")}`,
      },
    ];
  });
}
