/** A fingerprint of what feeds depend on. DDL is not carried, so a change of it must be seen. */
import type pg from "pg";
import { APP_SCHEMA } from "../names.ts";
import type { Side } from "../side.ts";
import { readFeedControl } from "./control.ts";

/**
 * Tables, columns and keys of the app, as one text of 32 characters. One that was dropped and made again the same way
 * is another: no feed knows it. Read from the catalogs only: milliseconds with
 * hundreds of tables, so it can be asked behind a fence too.
 */
export async function schemaMark(client: pg.Client): Promise<string> {
  const { rows } = await client.query(`
    SELECT md5(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), '')) AS mark FROM (
      SELECT format('%s %s.%s %s %s %s %s %s %s', c.oid, n.nspname, c.relname, c.relreplident, a.attnum, a.attname,
                    a.atttypid::regtype, a.atttypmod, a.attnotnull::text || a.attgenerated::text) AS line
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE ${APP_SCHEMA} AND c.relkind IN ('r', 'p')
      UNION ALL
      SELECT format('%s.%s key %s', n.nspname, c.relname, i.indkey)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE ${APP_SCHEMA} AND c.relkind IN ('r', 'p') AND i.indisunique) lines`);
  return rows[0].mark;
}

/** What was changed since the feeds were set up, in sentences. */
export async function schemaChanges(sides: readonly Side[]): Promise<string[]> {
  const looks = sides.map(({ server, names }) =>
    server.use(names.database, async (client) => {
      const control = await readFeedControl(client);
      if (control?.schemaMark === (await schemaMark(client))) return [];
      return [`The tables of ${names.database} were changed since the feed was set up.`];
    }),
  );
  return (await Promise.all(looks)).flat();
}
