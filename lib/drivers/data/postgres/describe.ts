import type { DataDescription } from "#lib/engine/ports.ts";
import { isDataTable, readSizes, readTables } from "./catalog.ts";
import type { DataServer } from "./connect.ts";
import type { SlotNames } from "./names.ts";
import { shown } from "./quote.ts";

/** The slot's tables, the largest first. */
export function describeSlot(server: DataServer, names: SlotNames): Promise<DataDescription> {
  return server.use(names.database, async (client) => {
    const { rows } = await client.query(
      "SELECT current_setting('server_version') AS version, pg_database_size(current_database())::float8 AS bytes",
    );
    const sizes = await readSizes(client);
    const tables = (await readTables(client)).filter(isDataTable).map((table) => ({
      table: shown(table),
      rows: sizes.get(table.oid)?.rows ?? 0,
      bytes: sizes.get(table.oid)?.bytes ?? 0,
      key: table.keys[0] ?? null,
    }));
    return {
      server: `PostgreSQL ${rows[0].version}`,
      bytes: rows[0].bytes,
      tables: tables.sort((a, b) => b.bytes - a.bytes),
    };
  });
}
