/**
 * Writing in a database that was there before Signalbox: every right that the fence takes is noted first and given
 * back exactly, so that the database is afterwards what it was, whoever granted what to whom.
 */
import type pg from "pg";
import { APP_SCHEMA, CONTROL_SCHEMA, type SlotNames } from "./names.ts";
import { identifier } from "./quote.ts";

const TAKEN = `${identifier(CONTROL_SCHEMA)}.taken`;
export async function createTaken(client: pg.Client): Promise<void> {
  await client.query(`
    CREATE TABLE IF NOT EXISTS ${TAKEN} (
      kind text NOT NULL,
      object oid NOT NULL,
      "column" text NOT NULL,
      grantee text NOT NULL,
      privilege text NOT NULL,
      grantable boolean NOT NULL,
      PRIMARY KEY (kind, object, "column", grantee, privilege)
    )`);
}

interface Right {
  kind: "TABLE" | "SEQUENCE" | "ROUTINE" | "COLUMN" | "LOGIN";
  /** Quoted and qualified; a role's own name for LOGIN. */
  name: string;
  column: string;
  /** Empty: PUBLIC. */
  grantee: string;
  privilege: string;
  grantable: boolean;
}

/** Rights to write that the app's role $1 has now: its own, those of its groups, everybody's. */
const HELD = `
  WITH grants AS (
    SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, c.oid AS object, '' AS "column", a.*
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL aclexplode(
       coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) a
     WHERE ${APP_SCHEMA} AND c.relkind IN ('r', 'p', 'v', 'f', 'S')
       AND a.privilege_type = ANY (CASE c.relkind WHEN 'S' THEN ARRAY['USAGE', 'UPDATE']
                                   ELSE ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] END)
    UNION ALL
    SELECT 'COLUMN', c.oid, t.attname, a.*
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute t ON t.attrelid = c.oid AND t.attacl IS NOT NULL AND NOT t.attisdropped
     CROSS JOIN LATERAL aclexplode(t.attacl) a
     WHERE ${APP_SCHEMA} AND a.privilege_type IN ('INSERT', 'UPDATE')
    UNION ALL
    SELECT 'ROUTINE', p.oid, '', a.*
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
     WHERE ${APP_SCHEMA} AND p.prosecdef AND p.provolatile = 'v' AND a.privilege_type = 'EXECUTE'
  )
  SELECT g.kind, g.object, g."column"::text AS "column", coalesce(r.rolname::text, '') AS grantee,
         g.privilege_type AS privilege, bool_or(g.is_grantable) AS grantable
    FROM grants g LEFT JOIN pg_roles r ON r.oid = g.grantee
   WHERE g.grantee = 0 OR pg_has_role($1::name, g.grantee, 'USAGE')
   GROUP BY 1, 2, 3, 4, 5`;

/** What a noted right is about, by name, as long as it is still there. */
const NAMED = `
  SELECT t.kind, t."column", t.grantee, t.privilege, t.grantable, named.name
    FROM rights t
   CROSS JOIN LATERAL (
     SELECT format('%I.%I', n.nspname, c.relname) AS name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE t.kind IN ('TABLE', 'SEQUENCE', 'COLUMN') AND c.oid = t.object
      UNION ALL
     SELECT p.oid::regprocedure::text FROM pg_proc p WHERE t.kind = 'ROUTINE' AND p.oid = t.object
      UNION ALL
     SELECT r.rolname FROM pg_roles r WHERE t.kind = 'LOGIN' AND r.oid = t.object) named
   WHERE t.grantee = '' OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = t.grantee)`;

/** Notes and takes. In the fence's transaction: what that undoes was never taken. */
export async function takeAway(client: pg.Client, names: SlotNames): Promise<void> {
  const { rows } = await client.query<Right>(
    `WITH held AS (${HELD}),
          rights AS (INSERT INTO ${TAKEN} SELECT * FROM held
                     ON CONFLICT (kind, object, "column", grantee, privilege)
                     DO UPDATE SET grantable = excluded.grantable RETURNING *)
     ${NAMED}`,
    [names.app],
  );
  const statements = grouped(rows).map(
    ({ kind, privileges, objects, grantee }) =>
      `REVOKE ${privileges} ON ${kind === "COLUMN" ? "TABLE" : kind} ${objects} FROM ${grantee}`,
  );
  if (statements.length > 0) await client.query(statements.join(";\n"));
  if (names.adopted?.fence === "login") await forbidLogin(client, names.app);
}

async function forbidLogin(client: pg.Client, role: string): Promise<void> {
  if (!(await canLogIn(client, role))) return;
  await client.query(
    `INSERT INTO ${TAKEN} SELECT 'LOGIN', oid, '', '', 'LOGIN', false FROM pg_roles WHERE rolname = $1
         ON CONFLICT DO NOTHING`,
    [role],
  );
  await client.query(`ALTER ROLE ${identifier(role)} NOLOGIN`);
}

/** Gives back what was noted, and forgets it. */
export async function giveBack(client: pg.Client): Promise<void> {
  const { rows } = await client.query<Right>(`WITH rights AS (DELETE FROM ${TAKEN} RETURNING *) ${NAMED}`);
  const statements = rows
    .filter(({ kind }) => kind === "LOGIN")
    .map(({ name }) => `ALTER ROLE ${identifier(name)} LOGIN`);
  for (const { kind, privileges, objects, grantee, grantable } of grouped(rows)) {
    const on = kind === "COLUMN" ? "TABLE" : kind;
    statements.push(
      `GRANT ${privileges} ON ${on} ${objects} TO ${grantee}${grantable ? " WITH GRANT OPTION" : ""}`,
    );
  }
  if (statements.length > 0) await client.query(statements.join(";\n"));
}

interface Group {
  kind: Right["kind"];
  privileges: string;
  objects: string;
  grantee: string;
  grantable: boolean;
}

/** As few statements as say the same: a database may have hundreds of tables. */
function grouped(rights: Right[]): Group[] {
  const perObject = new Map<string, Right & { privileges: Set<string> }>();
  for (const right of rights) {
    if (right.kind === "LOGIN") continue;
    const key = JSON.stringify([right.kind, right.name, right.grantee, right.grantable]);
    const found = perObject.get(key) ?? { ...right, privileges: new Set<string>() };
    const { privilege, column } = right;
    found.privileges.add(right.kind === "COLUMN" ? `${privilege} (${identifier(column)})` : privilege);
    perObject.set(key, found);
  }
  const groups = new Map<string, Group>();
  for (const { kind, name, grantee, grantable, privileges } of perObject.values()) {
    const list = [...privileges].sort().join(", ");
    const key = JSON.stringify([kind, list, grantee, grantable]);
    const group = groups.get(key);
    if (group) group.objects += `, ${name}`;
    else {
      const to = grantee === "" ? "PUBLIC" : identifier(grantee);
      groups.set(key, { kind, privileges: list, objects: name, grantee: to, grantable });
    }
  }
  return [...groups.values()];
}

export async function canLogIn(client: pg.Client, role: string): Promise<boolean> {
  const { rows } = await client.query("SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", [role]);
  return rows[0]?.rolcanlogin === true;
}

/** Sessions of the role in this database, so that nobody stays who could give himself rights again. */
export async function endSessions(client: pg.Client, role: string): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE usename = $1 AND datname = current_database() AND pid <> pg_backend_pid()`,
    [role],
  );
}
