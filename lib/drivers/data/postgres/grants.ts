/** What the app's role may do, as one act: everything that DML needs, or only reading. */
import type pg from "pg";
import { Refusal } from "#lib/engine/ports.ts";
import { giveBack, takeAway } from "./adopted-grants.ts";
import { WITHHELD } from "./guard.ts";
import { APP_SCHEMA, type SlotNames } from "./names.ts";
import { identifier, identifiers } from "./quote.ts";

const WRITES = "INSERT, UPDATE, DELETE, TRUNCATE";

export async function appSchemas(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(`SELECT n.nspname FROM pg_namespace n WHERE ${APP_SCHEMA} ORDER BY 1`);
  return rows.map((row) => row.nspname);
}

/** The app may read everything and create nothing, also in what is created later. */
export async function grantReading(client: pg.Client, names: SlotNames): Promise<void> {
  const app = identifier(names.app);
  const schemas = identifiers(await appSchemas(client));
  const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(names.owner)}`;
  await client.query(`
    ${
      schemas &&
      `GRANT USAGE ON SCHEMA ${schemas} TO ${app};
    REVOKE CREATE ON SCHEMA ${schemas} FROM ${app}, PUBLIC;
    GRANT SELECT ON ALL TABLES IN SCHEMA ${schemas} TO ${app};
    GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schemas} TO ${app};`
    }
    ${defaults} GRANT USAGE ON SCHEMAS TO ${app};
    ${defaults} GRANT SELECT ON TABLES TO ${app};
    ${defaults} GRANT SELECT ON SEQUENCES TO ${app}`);
}

/** The app may write too, also in what is created later. */
export async function grantWriting(client: pg.Client, names: SlotNames): Promise<void> {
  if (names.adopted) return await giveBack(client);
  const app = identifier(names.app);
  const schemas = identifiers(await appSchemas(client));
  const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(names.owner)}`;
  await client.query(`
    ${
      schemas &&
      `GRANT ${WRITES} ON ALL TABLES IN SCHEMA ${schemas} TO ${app};
    GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA ${schemas} TO ${app};`
    }
    ${defaults} GRANT ${WRITES} ON TABLES TO ${app};
    ${defaults} GRANT USAGE, UPDATE ON SEQUENCES TO ${app}`);
  const { rows } = await client.query(
    `WITH back AS (DELETE FROM ${WITHHELD} RETURNING routine)
     SELECT format('GRANT EXECUTE ON ROUTINE %s TO %I', p.oid::regprocedure, $1::text) AS grant
       FROM back JOIN pg_proc p ON p.oid = back.routine`,
    [names.app],
  );
  if (rows.length > 0) await client.query(rows.map((row) => row.grant).join("; "));
}

/**
 * The app may not write, also in what is created later. Rejects with Refusal when it still could, by a right that
 * can't be taken this way (a superuser's, an owner's).
 */
export async function revokeWriting(client: pg.Client, names: SlotNames): Promise<void> {
  if (names.adopted) {
    await takeAway(client, names);
  } else {
    await withholdRoutines(client, names);
    await revokeFrom(client, names, identifier(names.app));
    if ((await firstWritable(client, names)) === null) return;
    // What everybody may do, the app may do. Rare, and not free: only then.
    await revokeFrom(client, names, "PUBLIC");
  }
  const writable = await firstWritable(client, names);
  if (writable === null) return;
  throw new Refusal(
    "fence-incomplete",
    `The app's role ${names.app} can write to ${writable} whatever is revoked from it.`,
    "Let the role own nothing, be no member of another role and be no superuser; then try again.",
  );
}

async function revokeFrom(client: pg.Client, names: SlotNames, grantee: string): Promise<void> {
  const from = `FROM ${grantee}`;
  const schemas = identifiers(await appSchemas(client));
  const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(names.owner)}`;
  await client.query(`
    ${
      schemas &&
      `REVOKE ${WRITES} ON ALL TABLES IN SCHEMA ${schemas} ${from};
    REVOKE USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA ${schemas} ${from};`
    }
    ${defaults} REVOKE ${WRITES} ON TABLES ${from};
    ${defaults} REVOKE USAGE, UPDATE ON SEQUENCES ${from}`);
}

/** A routine that runs with its owner's rights writes for whoever may call it. One that is not volatile can't write. */
async function withholdRoutines(client: pg.Client, names: SlotNames): Promise<void> {
  const { rows } = await client.query(
    `WITH withheld AS (
       INSERT INTO ${WITHHELD}
       SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prosecdef AND p.provolatile = 'v' AND ${APP_SCHEMA} AND has_function_privilege($1, p.oid, 'EXECUTE')
           ON CONFLICT (routine) DO UPDATE SET routine = excluded.routine RETURNING routine)
     SELECT format('REVOKE EXECUTE ON ROUTINE %s FROM %I, PUBLIC', routine::regprocedure, $1::text) AS revoke FROM withheld`,
    [names.app],
  );
  if (rows.length > 0) await client.query(rows.map((row) => row.revoke).join("; "));
}

/** A table, view or sequence that the app's role may write to; null when there is none. */
export async function firstWritable(client: pg.Client, names: SlotNames): Promise<string | null> {
  const { rows } = await client.query(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE ${APP_SCHEMA} AND CASE WHEN c.relkind = 'S'
              THEN has_sequence_privilege($1, c.oid, 'USAGE, UPDATE')
              ELSE c.relkind IN ('r', 'p', 'v', 'f')
                   AND (has_table_privilege($1, c.oid, '${WRITES}')
                        OR has_any_column_privilege($1, c.oid, 'INSERT, UPDATE')) END
      LIMIT 1`,
    [names.app],
  );
  return rows[0]?.name ?? null;
}
