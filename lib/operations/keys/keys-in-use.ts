/** Which keys something sealed still names: in any column of the store, and in the files of processes. */
import { globSync, readFileSync } from "node:fs";
import { type Home, homePaths } from "#lib/config/home.ts";
import type { Store } from "#lib/store/client.ts";

const SEALED = /\bs1\.([a-z0-9]{1,16})\.[\w-]{20}/g;

/** Id of a key → what needs it. Looks everywhere, so that a table that is new here is not forgotten. */
export async function keysInUse(store: Store, home: Home): Promise<Map<string, string[]>> {
  const found = new Map<string, Set<string>>();
  const note = (text: string, where: string) => {
    for (const [, key] of text.matchAll(SEALED)) found.set(key!, (found.get(key!) ?? new Set()).add(where));
  };
  const columns = await store.$queryRaw<{ table: string; query: string }[]>`
    SELECT table_name AS "table",
           format('SELECT DISTINCT substring(%1$I::text from ''s1[.][a-z0-9]+[.][A-Za-z0-9_-]{20}'') AS text
                     FROM %2$I WHERE %1$I::text ~ ''s1[.][a-z0-9]+[.][A-Za-z0-9_-]{20}''',
                  column_name, table_name) AS query
      FROM information_schema.columns
     WHERE table_schema = current_schema() AND data_type IN ('text', 'jsonb', 'json', 'character varying', 'ARRAY')`;
  for (const { table, query } of columns) {
    // Made of the catalogue's own names, quoted by the server.
    for (const { text } of await store.$queryRawUnsafe<{ text: string }[]>(query)) note(text, table);
  }
  const { apps } = homePaths(home);
  for (const file of globSync("*/*/state/*.json", { cwd: apps })) {
    try {
      note(readFileSync(`${apps}/${file}`, "utf8"), `apps/${file}`);
    } catch {
      // Gone meanwhile.
    }
  }
  return new Map([...found].map(([key, where]) => [key, [...where].sort()]));
}
