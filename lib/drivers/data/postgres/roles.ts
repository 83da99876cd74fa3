/** The three roles of a slot. */
import type pg from "pg";
import type { SlotNames } from "./names.ts";
import { identifier, literal } from "./quote.ts";
import { scramVerifier } from "./scram.ts";

const HARMLESS = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS";

interface RoleRow {
  rolname: string;
  rolcanlogin: boolean;
  mighty: boolean;
}

/** Creates the roles where they are missing and takes from them what they must not have. */
export async function createRoles(
  admin: pg.Client,
  names: SlotNames,
  passwordFor: (role: string) => string,
): Promise<void> {
  const { rows } = await admin.query<RoleRow>(
    `SELECT rolname, rolcanlogin,
            rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls AS mighty
       FROM pg_roles WHERE rolname = ANY ($1)`,
    [[names.owner, names.app, names.release]],
  );
  const existing = new Map(rows.map((row) => [row.rolname, row]));
  for (const role of [names.owner, names.app, names.release]) {
    const found = existing.get(role);
    if (!found) await admin.query(`CREATE ROLE ${identifier(role)} NOLOGIN ${HARMLESS}`);
    else if (found.mighty) await admin.query(`ALTER ROLE ${identifier(role)} ${HARMLESS}`);
  }
  if (existing.get(names.owner)?.rolcanlogin) {
    await admin.query(`ALTER ROLE ${identifier(names.owner)} NOLOGIN`);
  }
  await admin.query(`GRANT ${identifier(names.owner)} TO ${identifier(names.release)}`);
  // What a release command creates belongs to the owner, whatever the command connects as.
  await admin.query(`ALTER ROLE ${identifier(names.release)} SET role = ${literal(names.owner)}`);
  if (!(await isSuperuser(admin))) {
    // Also of the release role: what it made in its own name is given to the owner.
    await admin.query(`GRANT ${identifier(names.owner)}, ${identifier(names.release)} TO CURRENT_USER`);
  }
  await allowLogin(admin, names.app, passwordFor(names.app));
}

export async function isSuperuser(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user");
  return rows[0].rolsuper;
}

export async function allowLogin(admin: pg.Client, role: string, password: string): Promise<void> {
  await admin.query(`ALTER ROLE ${identifier(role)} LOGIN PASSWORD ${literal(scramVerifier(password))}`);
}

/** The release role can't log in any more, and who is logged in with it is not. */
export async function shutOutRelease(admin: pg.Client, names: SlotNames): Promise<void> {
  const { rows } = await admin.query("SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", [names.release]);
  if (rows[0]?.rolcanlogin) await admin.query(`ALTER ROLE ${identifier(names.release)} NOLOGIN`);
  await admin.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = $1", [
    names.release,
  ]);
}
