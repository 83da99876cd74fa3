/** Signing in with a connection string that somebody typed, and saying in words why it failed. */
import pg from "pg";
import type { AdoptionItem } from "#lib/engine/adoption.ts";

export interface SignedIn {
  client: pg.Client;
  role: string;
  database: string;
  version: string;
  /** Tells servers apart: no two were started in the same microsecond. */
  server: string;
  ms: number;
}

/** Signed in, or why not. The password is in neither. */
export async function signIn(
  url: string,
  who: "app" | "admin" | "green",
): Promise<{ ok: true; session: SignedIn } | { ok: false; item: AdoptionItem }> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "signalbox check",
    connectionTimeoutMillis: 8_000,
    statement_timeout: 15_000,
    options: "-c search_path=pg_catalog,pg_temp -c lock_timeout=3000",
  });
  client.on("error", () => {});
  const started = performance.now();
  try {
    await client.connect();
    const ms = performance.now() - started;
    const { rows } = await client.query(
      `SELECT current_user::text AS role, current_database()::text AS database,
              current_setting('server_version') AS version,
              pg_postmaster_start_time()::text || ' ' || current_setting('port') AS server`,
    );
    return { ok: true, session: { client, ms, ...rows[0] } };
  } catch (error) {
    await client.end().catch(() => {});
    return { ok: false, item: explain(url, who, error) };
  }
}

const NAMES = { app: "app's", admin: "administrator's", green: "second version's" };

function explain(url: string, who: keyof typeof NAMES, error: unknown): AdoptionItem {
  const { code, message } = error as { code?: string; message: string };
  const { hostname, port, username, pathname } = new URL(url);
  const at = `${hostname}:${port || 5432}`;
  const role = decodeURIComponent(username) || "(no role named)";
  const database = decodeURIComponent(pathname.slice(1));
  const item = (what: string, remedy: string): AdoptionItem => ({
    code: `${who}-sign-in`,
    severity: "refuse",
    what: `The ${NAMES[who]} connection string does not work: ${what}`,
    remedy,
    sql: null,
  });
  if (code === "28P01" || code === "28000") {
    return item(
      `${at} does not let ${role} in with this password.`,
      "Correct role and password, or pg_hba.conf.",
    );
  }
  if (code === "3D000") return item(`there is no database ${database} at ${at}.`, "Correct the name.");
  if (code === "42501")
    return item(`${role} may not connect to ${database}.`, "GRANT CONNECT on it to the role.");
  if (code === "53300")
    return item(`${at} has no connections left.`, "Raise max_connections or make pools smaller.");
  if (code === "ECONNREFUSED") {
    return item(
      `nothing listens at ${at}.`,
      "Start PostgreSQL, or correct host and port. A container must publish its port.",
    );
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return item(`${hostname} is no known host.`, "Correct the name.");
  if (/unsupported startup parameter|unrecognized configuration parameter/.test(message)) {
    return item(
      "a pooler answers in the database's place.",
      "Name PostgreSQL's own address: fences need real sessions.",
    );
  }
  if (/SSL|certificate/i.test(message)) {
    return item(
      `TLS with ${at} failed (${message}).`,
      "Set sslmode in the connection string as the app does.",
    );
  }
  return item(`${message}.`, "Try the same string with psql.");
}
