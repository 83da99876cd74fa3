/** Who may write in a database that is to be adopted, and whether that can be stopped. */
import type pg from "pg";
import type { AdoptionItem, DatabaseShape } from "#lib/engine/adoption.ts";
import { good, refuse, warn } from "./adopt-items.ts";
import { closeToPublic, humble, splitRoles } from "./adopt-sql.ts";
import { appSchemas } from "./grants.ts";
import { APP_SCHEMA } from "./names.ts";

export interface Roles {
  items: AdoptionItem[];
  shape: DatabaseShape | null;
  /** Roles that own something in it. */
  owners: string[];
}

interface Facts {
  super: boolean;
  mighty: boolean;
  bootstrap: boolean;
  owns: boolean;
  member: boolean;
  admin: string;
  adminSuper: boolean;
  everybody: boolean;
  elsewhere: boolean;
}

export async function rolesOf(client: pg.Client, role: string, database: string): Promise<Roles> {
  const owners = await ownersOf(client);
  const facts = await read(client, role, owners);
  const items: AdoptionItem[] = [];
  const owner = owners.find((name) => name !== role) ?? role;
  const fallback = facts.owns || facts.member;
  const layout = {
    database,
    role,
    owner: await freeName(client, `${database}_owner`),
    schemas: await appSchemas(client),
    admin: facts.admin,
    adminIsSuperuser: facts.adminSuper,
    mighty: facts.mighty,
  };

  if (facts.admin === role) {
    items.push(
      refuse(
        "admin-is-app",
        `${role} would be both the app's role and the administrator.`,
        "Name an administrator of its own: the app's role is what gets stopped.",
      ),
    );
  } else if (facts.super) items.push(superuser(facts, role, layout));
  else if (facts.mighty && !fallback) {
    items.push(
      refuse(
        "app-role-mighty",
        `${role} may make roles, databases or replicas, so it could give itself back what a fence takes.`,
        "Take that from it; the app goes on.",
        humble(role),
      ),
    );
  } else if (fallback) items.push(ownsTables(facts, role, layout));
  else {
    items.push(
      good(
        "roles",
        `${role} reads and writes tables that ${owner} owns: its writes can be held and stopped.`,
      ),
    );
  }
  items.push(...(await others(client, role, database, facts, owners)));
  const shape = {
    database,
    role,
    owner: fallback ? role : owner,
    fence: fallback ? "login" : "grants",
  } as const;
  return { items, shape, owners };
}

function superuser(facts: Facts, role: string, layout: Parameters<typeof splitRoles>[0]): AdoptionItem {
  if (facts.bootstrap) {
    return refuse(
      "app-is-superuser",
      `${role} is the server's first superuser: nothing can stop its writes, and it can't be made an ordinary role.`,
      "Make a role for the app, give it the tables, and change the app's connection string. Then check again.",
      `CREATE ROLE app_${layout.database.slice(0, 40).replace(/\W/g, "_")} LOGIN PASSWORD '…';`,
    );
  }
  return refuse(
    "app-is-superuser",
    `${role} is a superuser: nothing can stop its writes.`,
    "Make it an ordinary role that owns nothing; its connection string stays the same. If the app needs more rights than to read and write rows, this will show: try it where nobody is hurt.",
    splitRoles({ ...layout, mighty: true }),
  );
}

function ownsTables(facts: Facts, role: string, layout: Parameters<typeof splitRoles>[0]): AdoptionItem {
  const how = facts.owns ? "owns its tables" : "is a member of the role that owns its tables";
  const sql = facts.owns ? splitRoles(layout) : null;
  const fix = facts.owns
    ? "Better: run this, which gives the tables an owner that can't sign in. The connection string stays the same; the app's own migrations then need the owner."
    : "Better: take the membership from it and grant it what it needs.";
  if (!facts.adminSuper || facts.mighty) {
    const why = facts.mighty ? "and may make roles or databases" : "and the administrator is no superuser";
    return refuse(
      "app-owns-tables",
      `${role} ${how}, ${why}: its writes can't be stopped for sure.`,
      facts.owns ? fix.slice("Better: ".length).replace(/^r/, "R") : fix,
      sql ?? (facts.mighty ? humble(role) : null),
    );
  }
  const elsewhere = facts.elsewhere ? " It is used in other databases too, which then miss it." : "";
  return warn(
    "app-owns-tables",
    `${role} ${how}, so it could undo a fence. Behind a lasting one it can't sign in at all: the resting version loses its connections and can't even read until it is live or idle again.${elsewhere}`,
    fix,
    sql,
  );
}

async function others(
  client: pg.Client,
  role: string,
  database: string,
  facts: Facts,
  owners: string[],
): Promise<AdoptionItem[]> {
  const items: AdoptionItem[] = [];
  const { rows } = await client.query(
    `SELECT r.rolname::text AS role FROM pg_roles r
      WHERE r.rolcanlogin AND NOT r.rolsuper AND r.rolname <> $1 AND r.rolname <> current_user
        AND has_database_privilege(r.oid, current_database(), 'CONNECT')
        AND EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                     WHERE ${APP_SCHEMA} AND c.relkind IN ('r', 'p')
                       AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
      ORDER BY 1 LIMIT 5`,
    [role],
  );
  if (rows.length > 0) {
    const names = rows.map((row) => row.role).join(", ");
    items.push(
      warn(
        "other-writers",
        `${names} can write to ${database} too: held in a swap's window like everybody, not stopped afterwards.`,
        "See that they don't write after a swap, or let them use the app's role.",
      ),
    );
  }
  if (facts.everybody) {
    const keep = [...new Set([role, ...owners, facts.admin])];
    items.push(
      warn(
        "connect-public",
        `Every role of this server may connect to ${database}.`,
        "Close it to those that don't need it; add roles of your own that do.",
        closeToPublic(database, keep),
      ),
    );
  }
  return items;
}

async function ownersOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT pg_get_userbyid(c.relowner)::text AS owner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE ${APP_SCHEMA} AND c.relkind IN ('r', 'p', 'S', 'v', 'm') GROUP BY 1 ORDER BY count(*) DESC, 1`,
  );
  return rows.map((row) => row.owner);
}

async function read(client: pg.Client, role: string, owners: string[]): Promise<Facts> {
  const { rows } = await client.query(
    `SELECT r.rolsuper AS super, r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls AS mighty,
            r.oid = 10 AS bootstrap, r.rolname::text = ANY ($2) OR d.datdba = r.oid AS owns,
            EXISTS (SELECT FROM unnest($2::text[]) o WHERE o <> $1 AND pg_has_role(r.oid, o::name, 'MEMBER')) AS member,
            me.rolname::text AS admin, me.rolsuper AS "adminSuper",
            EXISTS (SELECT FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
                     WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT') AS everybody,
            EXISTS (SELECT FROM pg_shdepend s WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid
                     AND s.dbid NOT IN (0, d.oid)) AS elsewhere
       FROM pg_roles r, pg_database d, pg_roles me
      WHERE r.rolname = $1 AND d.datname = current_database() AND me.rolname = current_user`,
    [role, owners],
  );
  return rows[0];
}

async function freeName(client: pg.Client, wanted: string): Promise<string> {
  const short = wanted.slice(0, 55);
  const { rows } = await client.query(
    "SELECT rolname::text AS role FROM pg_roles WHERE starts_with(rolname::text, $1)",
    [short],
  );
  const taken = new Set(rows.map((row) => row.role));
  if (!taken.has(short)) return short;
  for (let number = 2; ; number += 1) if (!taken.has(`${short}_${number}`)) return `${short}_${number}`;
}
