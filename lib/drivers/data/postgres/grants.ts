/** What the app's role may do, as one act: everything that DML needs, or only reading. */
import type pg from "pg";
import { Refusal } from "#lib/engine/ports.ts";
import { giveBack, takeAway } from "./adopted-grants.ts";
import { WITHHELD } from "./guard.ts";
import { APP_SCHEMA, type SlotNames } from "./names.ts";
import { identifier, identifiers, literal } from "./quote.ts";

const WRITES = "INSERT, UPDATE, DELETE, TRUNCATE";

export async function appSchemas(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(APP_SCHEMAS);
  return rows.map((row) => row.nspname);
}

const APP_SCHEMAS = `SELECT n.nspname FROM pg_namespace n WHERE ${APP_SCHEMA} ORDER BY 1`;

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

/** The app may write too, also in what is created later. With statements that go first and last. */
export async function grantWriting(
  client: pg.Client,
  names: SlotNames,
  [first, last]: [string, string] = ["", ""],
): Promise<void> {
  if (names.adopted) {
    if (first) await client.query(first);
    await giveBack(client);
    if (last) await client.query(last);
    return;
  }
  const app = identifier(names.app);
  const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(names.owner)}`;
  const results = (await client.query(`
    ${first && `${first};`}
    ${APP_SCHEMAS};
    WITH back AS (DELETE FROM ${WITHHELD} RETURNING routine)
    SELECT format('GRANT EXECUTE ON ROUTINE %s TO %I', p.oid::regprocedure, ${literal(names.app)}::text) AS grant
      FROM back JOIN pg_proc p ON p.oid = back.routine`)) as unknown as pg.QueryResult[];
  const [found, back] = results.slice(-2);
  const schemas = identifiers(found!.rows.map((row) => row.nspname));
  await client.query(`
    ${
      schemas &&
      `GRANT ${WRITES} ON ALL TABLES IN SCHEMA ${schemas} TO ${app};
    GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA ${schemas} TO ${app};`
    }
    ${defaults} GRANT ${WRITES} ON TABLES TO ${app};
    ${defaults} GRANT USAGE, UPDATE ON SEQUENCES TO ${app};
    ${back!.rows.map((row) => `${row.grant};`).join(" ")}
    ${last}`);
}

/**
 * The app may not write, also in what is created later. Rejects with Refusal when it still could, by a right that
 * can't be taken this way (a superuser's, an owner's).
 */
export async function revokeWriting(client: pg.Client, names: SlotNames): Promise<void> {
  if (names.adopted) return await revokeAdopted(client, names);
  const { ask, act, check } = revoking(names);
  const found = (await client.query(ask)) as unknown as pg.QueryResult[];
  await check(client, (await client.query(act(found))) as unknown as pg.QueryResult[]);
}

export async function revokeAdopted(client: pg.Client, names: SlotNames): Promise<void> {
  await takeAway(client, names);
  refuseWritable(await firstWritable(client, names), names);
}

/** `revokeWriting` in two messages that others can be part of: what to ask, what to do then, whether it was enough. */
export function revoking(names: SlotNames): {
  ask: string;
  act(found: pg.QueryResult[]): string;
  check(client: pg.Client, done: pg.QueryResult[]): Promise<void>;
} {
  let schemas: string[] = [];
  return {
    ask: `${withholdRoutines(names)}; ${APP_SCHEMAS}`,
    act([withheld, found]) {
      schemas = found!.rows.map((row) => row.nspname as string);
      const revokes = withheld!.rows.map((row) => `${row.revoke};`).join(" ");
      return `${revokes} ${revokeFrom(names, schemas, identifier(names.app))}`;
    },
    async check(client, done) {
      let writable = firstOf(done);
      // What everybody may do, the app may do. Rare, and not free: only then.
      if (writable !== null)
        writable = firstOf(
          (await client.query(revokeFrom(names, schemas, "PUBLIC"))) as unknown as pg.QueryResult[],
        );
      refuseWritable(writable, names);
    },
  };
}

const firstOf = (results: pg.QueryResult[]): string | null => results.at(-1)!.rows[0]?.name ?? null;

function refuseWritable(writable: string | null, names: SlotNames): void {
  if (writable === null) return;
  throw new Refusal(
    "fence-incomplete",
    `The app's role ${names.app} can write to ${writable} whatever is revoked from it.`,
    "Let the role own nothing, be no member of another role and be no superuser; then try again.",
  );
}

/** The last statement says what the app can still write to, as `firstWritable` does. */
function revokeFrom(names: SlotNames, appSchemas: string[], grantee: string): string {
  const from = `FROM ${grantee}`;
  const schemas = identifiers(appSchemas);
  const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(names.owner)}`;
  return `
    ${
      schemas &&
      `REVOKE ${WRITES} ON ALL TABLES IN SCHEMA ${schemas} ${from};
    REVOKE USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA ${schemas} ${from};`
    }
    ${defaults} REVOKE ${WRITES} ON TABLES ${from};
    ${defaults} REVOKE USAGE, UPDATE ON SEQUENCES ${from};
    ${firstWritableQuery(names)}`;
}

/** A routine that runs with its owner's rights writes for whoever may call it. One that is not volatile can't write. */
const withholdRoutines = (names: SlotNames): string => `
  WITH withheld AS (
    INSERT INTO ${WITHHELD}
    SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.prosecdef AND p.provolatile = 'v' AND ${APP_SCHEMA}
       AND has_function_privilege(${literal(names.app)}, p.oid, 'EXECUTE')
        ON CONFLICT (routine) DO UPDATE SET routine = excluded.routine RETURNING routine)
  SELECT format('REVOKE EXECUTE ON ROUTINE %s FROM %I, PUBLIC', routine::regprocedure, ${literal(names.app)}::text) AS revoke
    FROM withheld`;

/** A table, view or sequence that the app's role may write to; null when there is none. */
export async function firstWritable(client: pg.Client, names: SlotNames): Promise<string | null> {
  const { rows } = await client.query(firstWritableQuery(names));
  return rows[0]?.name ?? null;
}

export function firstWritableQuery(names: SlotNames): string {
  const app = literal(names.app);
  return `
    SELECT format('%I.%I', n.nspname, c.relname) AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${APP_SCHEMA} AND CASE WHEN c.relkind = 'S'
             THEN has_sequence_privilege(${app}, c.oid, 'USAGE, UPDATE')
             ELSE c.relkind IN ('r', 'p', 'v', 'f')
                  AND (has_table_privilege(${app}, c.oid, '${WRITES}')
                       OR has_any_column_privilege(${app}, c.oid, 'INSERT, UPDATE')) END
     LIMIT 1`;
}
