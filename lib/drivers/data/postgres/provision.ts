/** A slot's database with its roles: made where missing, put right where half made. */
import type pg from "pg";
import { createTaken } from "./adopted-grants.ts";
import type { DataServer } from "./connect.ts";
import { grantReading, grantWriting, revokeWriting } from "./grants.ts";
import { createGuard, readGuard } from "./guard.ts";
import { CONTROL_SCHEMA, type SlotNames } from "./names.ts";
import { identifier, literal } from "./quote.ts";
import { allowLogin, createRoles, shutOutRelease } from "./roles.ts";
import { withSetupLock } from "./setup-lock.ts";
import { inTransaction } from "./transaction.ts";

const UNFIT_LOCALE = "22023";

/** Safe to repeat, to interrupt anywhere and to run twice at once. Data and privileges that are there stay. */
export function provision(
  server: DataServer,
  names: SlotNames,
  passwordFor: (role: string) => string,
): Promise<void> {
  if (names.adopted) return provisionAdopted(server, names);
  return withSetupLock(server, names, async (admin) => {
    await createRoles(admin, names, passwordFor);
    await shutOutRelease(admin, names);
    await createDatabase(admin, names);
    await server.use(names.database, (client) =>
      inTransaction(client, async () => {
        await createGuard(client);
        // The schema `public` is the administrator's until this has run to its end once.
        const { rows } = await client.query(
          "SELECT pg_get_userbyid(nspowner) = $1 AS done FROM pg_namespace WHERE nspname = 'public'",
          [names.owner],
        );
        if (rows[0]?.done !== false) return;
        await client.query(`ALTER SCHEMA public OWNER TO ${identifier(names.owner)}`);
        await applyGrants(client, names);
      }),
    );
  });
}

async function createDatabase(admin: pg.Client, names: SlotNames): Promise<void> {
  const database = identifier(names.database);
  const { rowCount } = await admin.query("SELECT FROM pg_database WHERE datname = $1", [names.database]);
  if (!rowCount) {
    const create = `CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'UTF8'`;
    await admin.query(create).catch((error) => {
      // The server's own locale may belong to another encoding.
      if (error.code !== UNFIT_LOCALE) throw error;
      return admin.query(`${create} LC_COLLATE 'C' LC_CTYPE 'C'`);
    });
  }
  await admin.query(`
    REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
    GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${identifier(names.app)}, ${identifier(names.release)};
    GRANT CONNECT, TEMPORARY, CREATE ON DATABASE ${database} TO ${identifier(names.owner)}`);
}

/** Only what the fence needs to remember. Everything else in the database stays as it is. */
function provisionAdopted(server: DataServer, names: SlotNames): Promise<void> {
  return withSetupLock(server, names, () =>
    server.use(names.database, (client) =>
      inTransaction(client, async () => {
        await createGuard(client);
        await createTaken(client);
        await client.query(
          `COMMENT ON SCHEMA ${identifier(CONTROL_SCHEMA)} IS ${literal(names.adopted?.label ?? "")}`,
        );
      }),
    ),
  );
}

/** Opens the release role's door; `afterRelease` closes it. */
export function openForRelease(server: DataServer, names: SlotNames, password: string): Promise<void> {
  return withSetupLock(server, names, (admin) => allowLogin(admin, names.release, password));
}

/** Closes the release role's door and gives the app what the new objects need; a fenced slot stays fenced. */
export async function afterRelease(server: DataServer, names: SlotNames): Promise<void> {
  // What its own people made in it, they granted.
  if (names.adopted) return;
  return withSetupLock(server, names, async (admin) => {
    await shutOutRelease(admin, names);
    await server.use(names.database, (client) =>
      inTransaction(client, async () => {
        // A command that said RESET ROLE made objects as itself.
        await client.query(`REASSIGN OWNED BY ${identifier(names.release)} TO ${identifier(names.owner)}`);
        await applyGrants(client, names);
      }),
    );
  });
}

async function applyGrants(client: pg.Client, names: SlotNames): Promise<void> {
  await grantReading(client, names);
  const { fenced } = await readGuard(client);
  await (fenced ? revokeWriting(client, names) : grantWriting(client, names));
}
