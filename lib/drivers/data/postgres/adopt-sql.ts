/** The SQL that somebody is told to run before an adoption. Names are quoted in one place (quote.ts). */
import { identifier, identifiers } from "./quote.ts";

/** Shorter than the second after which PostgreSQL ends a transaction of the app's that is deadlocked with ours. */
const LOCK_MS = 400;

export interface Layout {
  database: string;
  /** The role that the app signs in as. */
  role: string;
  /** To be made. */
  owner: string;
  schemas: string[];
  admin: string;
  adminIsSuperuser: boolean;
  /** Rights that the role has and must not. */
  mighty: boolean;
}

/** The app's role goes on as it does, but owns nothing: its tables get an owner that can't sign in. */
export function splitRoles(layout: Layout): string {
  const { database, schemas, admin, adminIsSuperuser, mighty } = layout;
  const [app, owner] = [identifier(layout.role), identifier(layout.owner)];
  const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner}`;
  return [
    "BEGIN;",
    `SET LOCAL lock_timeout = '${LOCK_MS}ms';  -- gives way to the app; run it again if it did`,
    `CREATE ROLE ${owner} NOLOGIN;`,
    ...(adminIsSuperuser ? [] : [`GRANT ${owner} TO ${identifier(admin)};`]),
    `GRANT CREATE, CONNECT, TEMPORARY ON DATABASE ${identifier(database)} TO ${owner};`,
    `REASSIGN OWNED BY ${app} TO ${owner};`,
    `GRANT CONNECT, TEMPORARY ON DATABASE ${identifier(database)} TO ${app};`,
    ...(schemas.length === 0
      ? []
      : [
          `GRANT USAGE ON SCHEMA ${identifiers(schemas)} TO ${app};`,
          `GRANT USAGE, CREATE ON SCHEMA ${identifiers(schemas)} TO ${owner};`,
          `GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA ${identifiers(schemas)} TO ${app};`,
          `GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA ${identifiers(schemas)} TO ${app};`,
        ]),
    `${defaults} GRANT USAGE ON SCHEMAS TO ${app};`,
    `${defaults} GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO ${app};`,
    `${defaults} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO ${app};`,
    ...(mighty ? [humble(layout.role)] : []),
    "COMMIT;",
    `-- Back again: REASSIGN OWNED BY ${owner} TO ${app}; DROP OWNED BY ${owner}; DROP ROLE ${owner};`,
  ].join("\n");
}

export const humble = (role: string): string =>
  `ALTER ROLE ${identifier(role)} NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS;`;

/** What an administrator that is no superuser needs. */
export function adminRights(admin: string, owners: string[], database: string): string {
  const role = identifier(admin);
  return [
    `ALTER ROLE ${role} CREATEDB CREATEROLE;`,
    `GRANT pg_signal_backend, pg_read_all_stats TO ${role};`,
    `GRANT CREATE, CONNECT ON DATABASE ${identifier(database)} TO ${role};`,
    ...(owners.length === 0 ? [] : [`GRANT ${identifiers(owners)} TO ${role};`]),
  ].join("\n");
}

export const closeToPublic = (database: string, roles: string[]): string =>
  [
    "BEGIN;",
    `GRANT CONNECT, TEMPORARY ON DATABASE ${identifier(database)} TO ${identifiers(roles)};`,
    `REVOKE CONNECT, TEMPORARY ON DATABASE ${identifier(database)} FROM PUBLIC;`,
    "COMMIT;",
  ].join("\n");
