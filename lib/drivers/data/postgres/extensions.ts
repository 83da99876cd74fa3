import { Refusal } from "#lib/engine/ports.ts";
import { identifier } from "./quote.ts";
import type { Side } from "./side.ts";

/** A database made beside one that was there before gets the same extensions, as making them may take a superuser. */
export async function copyExtensions(from: Side, to: Side): Promise<void> {
  const names = await from.server.use(from.names.database, async (client) => {
    const { rows } = await client.query(
      "SELECT extname::text AS name FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY oid",
    );
    return rows.map((row) => row.name as string);
  });
  if (names.length === 0) return;
  await to.server.use(to.names.database, async (client) => {
    for (const name of names) {
      // Where its objects go by default; the setting of these sessions finds no app's schema.
      await client.query("SET search_path = public, pg_catalog");
      await client.query(`CREATE EXTENSION IF NOT EXISTS ${identifier(name)} CASCADE`).catch((error) => {
        throw new Refusal(
          "extension-missing",
          `The extension ${name} can't be made in ${to.names.database}: ${error.message}.`,
          `As a superuser in ${to.names.database}: CREATE EXTENSION ${name}; then try again.`,
          { cause: error },
        );
      });
    }
  });
}
