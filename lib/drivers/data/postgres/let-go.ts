/** The end of a slot's database in Signalbox. */
import type pg from "pg";
import type { FencingToken } from "#lib/engine/ports.ts";
import { dropClones } from "./clone.ts";
import type { DataServer } from "./connect.ts";
import { grantWriting } from "./grants.ts";
import { CONTROL_SCHEMA, type SlotNames } from "./names.ts";
import { identifier } from "./quote.ts";
import { withSetupLock } from "./setup-lock.ts";
import { takeOver } from "./takeover.ts";

/** Returns what was done, in sentences. */
export async function letGo(
  server: DataServer,
  names: SlotNames,
  { token, destroy }: { token: FencingToken; destroy: boolean },
): Promise<string[]> {
  if (names.adopted) return destroy ? [] : await handBack(server, names, token);
  return destroy ? await destroyMade(server, names) : [];
}

async function handBack(server: DataServer, names: SlotNames, token: FencingToken): Promise<string[]> {
  return await server.use(names.database, async (client) => {
    const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [CONTROL_SCHEMA]);
    if (!rowCount) return [`${names.database} had nothing of Signalbox left in it.`];
    await takeOver(server, client, token);
    await client.query("BEGIN; SET LOCAL client_min_messages = warning");
    await grantWriting(client, names);
    await client.query(`DROP SCHEMA ${identifier(CONTROL_SCHEMA)} CASCADE; COMMIT`);
    return [
      `${names.database} is as it was: every right that a fence took is back, and the schema ${CONTROL_SCHEMA} is gone.`,
    ];
  });
}

async function destroyMade(server: DataServer, names: SlotNames): Promise<string[]> {
  return await withSetupLock(server, names, async (admin) => {
    const found = await admin.query("SELECT FROM pg_database WHERE datname = $1", [names.database]);
    await dropClones(server, admin, names);
    if (found.rowCount) {
      await server.forget(names.database);
      await dropSlots(admin, names.database);
      await admin.query(`DROP DATABASE ${identifier(names.database)} WITH (FORCE)`);
    }
    for (const role of [names.release, names.app, names.owner, names.feed]) {
      await admin.query(`DROP ROLE IF EXISTS ${identifier(role)}`);
    }
    return found.rowCount ? [`The database ${names.database} and its roles were deleted.`] : [];
  });
}

/** A slot of replication that is in use would keep the database. */
async function dropSlots(admin: pg.Client, database: string): Promise<void> {
  await admin.query(
    `SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots
      WHERE database = $1 AND active_pid IS NOT NULL`,
    [database],
  );
  await admin.query(
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1",
    [database],
  );
}
