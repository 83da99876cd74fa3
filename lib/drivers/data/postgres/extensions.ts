import { Refusal } from "#lib/engine/ports.ts";
import type { DataServer } from "./connect.ts";
import type { SlotNames } from "./names.ts";
import { identifier } from "./quote.ts";

/** A database made beside one that was there before gets the same extensions, as making them may take a superuser. */
export async function copyExtensions(server: DataServer, from: SlotNames, to: SlotNames): Promise<void> {
  const names = await server.use(from.database, async (client) => {
    const { rows } = await client.query(
      "SELECT extname::text AS name FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY oid",
    );
    return rows.map((row) => row.name as string);
  });
  if (names.length === 0) return;
  await server.use(to.database, async (client) => {
    for (const name of names) {
      // Where its objects go by default; the setting of these sessions finds no app's schema.
      await client.query("SET search_path = public, pg_catalog");
      await client.query(`CREATE EXTENSION IF NOT EXISTS ${identifier(name)} CASCADE`).catch((error) => {
        throw new Refusal(
          "extension-missing",
          `The extension ${name} can't be made in ${to.database}: ${error.message}.`,
          `As a superuser in ${to.database}: CREATE EXTENSION ${name}; then try again.`,
          { cause: error },
        );
      });
    }
  });
}
