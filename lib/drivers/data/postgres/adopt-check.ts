/** Looks at a database that somebody wants to adopt: what is missing, what it costs, and the SQL for it. */
import type pg from "pg";
import type { AdoptionItem, DatabaseShape, DataCheck, DataCheckRequest } from "#lib/engine/adoption.ts";
import { type SignedIn, signIn } from "./adopt-connect.ts";
import { contentItems, greenItems } from "./adopt-contents.ts";
import { good, refuse, warn } from "./adopt-items.ts";
import { rolesOf } from "./adopt-roles.ts";
import { adminRights } from "./adopt-sql.ts";
import { CONTROL_SCHEMA } from "./names.ts";
import { diskFindings, serverFindings } from "./preflight-server.ts";

/** Changes nothing. What can't be looked at because of something before it is not looked at. */
export async function checkDatabases(request: DataCheckRequest): Promise<DataCheck> {
  const open: pg.Client[] = [];
  try {
    return await check(request, open);
  } finally {
    await Promise.all(open.map((client) => client.end().catch(() => {})));
  }
}

async function check(request: DataCheckRequest, open: pg.Client[]): Promise<DataCheck> {
  const items: AdoptionItem[] = [];
  const reach = async (url: string, who: "app" | "admin" | "green") => {
    const answer = await signIn(url, who);
    if (!answer.ok) {
      items.push(answer.item);
      return null;
    }
    open.push(answer.session.client);
    return answer.session;
  };
  const nothing = { items, blue: null, green: null };
  const app = await reach(request.blueUrl, "app");
  // The administrator looks at the app's database, whatever database the string names.
  const admin = await reach(request.adminUrl, "admin");
  if (app) items.push(good("app-signs-in", `${app.role} signs in to ${app.database} in ${ms(app.ms)}.`));
  if (!app || !admin) return nothing;
  if (app.server !== admin.server) {
    const what = "The app's and the administrator's connection strings lead to different servers.";
    items.push(refuse("other-server", what, "Name the same server in both."));
    return nothing;
  }
  const inside = await reach(inDatabase(request.adminUrl, app.database), "admin");
  if (!inside) return nothing;
  items.push(good("admin-signs-in", `${admin.role} administers PostgreSQL ${admin.version}.`));

  const blue = await lookAt(inside, app, { app: request.app, slot: "blue" }, items);
  await contentItems(inside.client, items);
  const green = request.greenUrl === undefined ? null : await lookAtGreen(request, app, reach, items);
  const refused = items.some(({ severity }) => severity === "refuse");
  return refused ? nothing : { items, blue, green };
}

async function lookAt(
  inside: SignedIn,
  app: SignedIn,
  slot: { app: string; slot: string },
  items: AdoptionItem[],
): Promise<DatabaseShape | null> {
  const { client } = inside;
  const taken = await whoseIsIt(client, inside.database, slot);
  if (taken) {
    items.push(taken);
    return null;
  }
  items.push(...(await serverFindings(client)).map((finding) => ({ ...finding, sql: null })));
  items.push(...(await diskFindings(client)).map((finding) => ({ ...finding, sql: null })));
  const roles = await rolesOf(client, app.role, app.database);
  items.push(...roles.items);
  items.push(...(await adminItems(client, inside, roles.owners)));
  return roles.shape;
}

/** Signalbox writes whose a database is into the schema that it makes there. */
async function whoseIsIt(
  client: pg.Client,
  database: string,
  { app, slot }: { app: string; slot: string },
): Promise<AdoptionItem | null> {
  const { rows } = await client.query(
    "SELECT obj_description(oid, 'pg_namespace') AS label FROM pg_namespace WHERE nspname = $1",
    [CONTROL_SCHEMA],
  );
  if (!rows[0]) return null;
  const [, owner, itsSlot] = /^Signalbox: (\S+) (\S+)$/.exec(rows[0].label ?? "") ?? [];
  if (owner === app && itsSlot === slot) return null;
  if (owner === undefined) {
    return refuse(
      "database-is-ours",
      `${database} was made by Signalbox for a slot, or has a schema named ${CONTROL_SCHEMA} of its own.`,
      "Name the database that the app uses now. If that schema is the app's, rename it.",
    );
  }
  return refuse(
    "database-taken",
    `${database} belongs to ${itsSlot} of the app ${owner} in a Signalbox.`,
    `Remove ${owner} there first (signalbox remove ${owner}), or name another database.`,
  );
}

async function adminItems(client: pg.Client, admin: SignedIn, owners: string[]): Promise<AdoptionItem[]> {
  const { rows } = await client.query(
    `SELECT r.rolsuper, r.rolcreatedb AND r.rolcreaterole AS makes,
            pg_has_role('pg_signal_backend', 'MEMBER') AND pg_has_role('pg_read_all_stats', 'MEMBER') AS sees,
            has_database_privilege(current_database(), 'CREATE') AS writes,
            (SELECT array_agg(o::text) FROM unnest($1::text[]) o WHERE NOT pg_has_role(o::name, 'MEMBER')) AS strange
       FROM pg_roles r WHERE r.rolname = current_user`,
    [owners],
  );
  const { rolsuper, makes, sees, writes, strange } = rows[0];
  if (rolsuper) return [good("admin-rights", `${admin.role} is a superuser: it may all that is needed.`)];
  if (makes && sees && writes && !strange) {
    const slow = "its copies can't silence the app's triggers, which takes a superuser";
    return [
      warn(
        "admin-no-superuser",
        `${admin.role} may what is needed, but ${slow}.`,
        "Fine without triggers that write. Else name a superuser.",
      ),
    ];
  }
  return [
    refuse(
      "admin-rights",
      `${admin.role} may not make databases and roles, end sessions and change rights in ${admin.database}.`,
      "Run this as a superuser, or name a superuser.",
      adminRights(admin.role, owners, admin.database),
    ),
  ];
}

async function lookAtGreen(
  request: DataCheckRequest,
  app: SignedIn,
  reach: (url: string, who: "green" | "admin") => Promise<SignedIn | null>,
  items: AdoptionItem[],
): Promise<DatabaseShape | null> {
  const green = await reach(request.greenUrl!, "green");
  if (!green) return null;
  if (green.server !== app.server) {
    items.push(
      refuse("green-elsewhere", "The second database is on another server.", "Name one on the same server."),
    );
    return null;
  }
  if (green.database === app.database) {
    items.push(
      refuse("green-is-blue", "Both versions would use the same database.", "Name an empty second one."),
    );
    return null;
  }
  const inside = await reach(inDatabase(request.adminUrl, green.database), "admin");
  if (!inside) return null;
  const taken = await whoseIsIt(inside.client, green.database, { app: request.app, slot: "green" });
  if (taken) {
    items.push(taken);
    return null;
  }
  const roles = await rolesOf(inside.client, green.role, green.database);
  items.push(...roles.items, ...(await greenItems(inside.client, green.database)));
  return roles.shape;
}

function inDatabase(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

const ms = (value: number) => `${Math.max(1, Math.round(value))} ms`;
