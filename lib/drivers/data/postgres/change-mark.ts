import type { DataServer } from "./connect.ts";
import type { SlotNames } from "./names.ts";

/** Where the server's log ends: nothing is written anywhere on it without moving that. Sees other databases too. */
export function changeMark(server: DataServer, names: Pick<SlotNames, "database">): Promise<string> {
  return server.use(names.database, async (client) => {
    const { rows } = await client.query("SELECT pg_current_wal_insert_lsn()::text AS mark");
    return rows[0].mark as string;
  });
}
