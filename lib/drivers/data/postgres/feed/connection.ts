/** How the target's server signs in at the source's: with a role that may read the log and nothing else. */
import type pg from "pg";
import type { SlotNames } from "../names.ts";
import { identifier, literal } from "../quote.ts";
import { isSuperuser } from "../roles.ts";
import { scramVerifier } from "../scram.ts";
import type { Side } from "../side.ts";

/** `admin` is connected to the source's server. */
export async function createFeedRole(admin: pg.Client, names: SlotNames, password: string): Promise<void> {
  const role = identifier(names.feed);
  const { rowCount } = await admin.query("SELECT FROM pg_roles WHERE rolname = $1", [names.feed]);
  await admin.query(
    `${rowCount ? "ALTER" : "CREATE"} ROLE ${role} LOGIN REPLICATION PASSWORD ${literal(scramVerifier(password))}`,
  );
  // Only its members and superusers may end what signed in with it.
  if (!(await isSuperuser(admin))) await admin.query(`GRANT ${role} TO CURRENT_USER`);
  await admin.query(`GRANT CONNECT ON DATABASE ${identifier(names.database)} TO ${role}`);
}

export async function dropFeedRole(admin: pg.Client, names: SlotNames): Promise<void> {
  const { rowCount } = await admin.query("SELECT FROM pg_roles WHERE rolname = $1", [names.feed]);
  if (!rowCount) return;
  const role = identifier(names.feed);
  await admin.query(`REVOKE ALL ON DATABASE ${identifier(names.database)} FROM ${role}; DROP ROLE ${role}`);
}

/** libpq's connection string, as the target's server must use it. */
export async function connectionFor(source: Side, target: Side, password: string): Promise<string> {
  const url = new URL(source.server.urlFor(source.names.database, source.names.feed, password));
  const own = source.server === target.server ? await ownAddress(source) : null;
  const parts: Record<string, string> = {
    host: own?.host ?? (url.hostname.replace(/^\[|\]$/g, "") || "127.0.0.1"),
    port: String(own?.port ?? (url.port || 5432)),
    dbname: source.names.database,
    user: source.names.feed,
    password,
    connect_timeout: "10",
  };
  for (const name of ["sslmode", "sslrootcert"]) {
    const value = url.searchParams.get(name);
    if (value) parts[name] = value;
  }
  return Object.entries(parts)
    .map(([name, value]) => `${name}='${value.replace(/[\\']/g, "\\$&")}'`)
    .join(" ");
}

/** Where a server reaches itself: what an address outside of a container means within it, nobody knows. */
async function ownAddress({ server, names }: Side): Promise<{ host: string; port: number } | null> {
  return await server.use(names.database, async (client) => {
    const { rows } = await client.query(
      "SELECT host(inet_server_addr()) AS host, inet_server_port() AS port, current_setting('port')::int AS own",
    );
    const { host, port, own } = rows[0];
    return host === null ? { host: "127.0.0.1", port: own } : { host, port };
  });
}
