/** What the server itself must have: a version, connections, room for locks, room on the disk. */
import { statfs } from "node:fs/promises";
import type pg from "pg";
import type { Finding } from "#lib/engine/model.ts";

const OLDEST = 15;
const CONNECTIONS_NEEDED = 8;

/** Asked on the target: locking and emptying its tables is what takes the most locks. */
export async function serverFindings(target: pg.Client): Promise<Finding[]> {
  const findings: Finding[] = [];
  const { rows } = await target.query(`
    SELECT current_setting('server_version') AS version,
           current_setting('server_version_num')::int / 10000 AS major,
           current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
             - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int AS free,
           current_setting('max_locks_per_transaction')::int
             * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) AS locks,
           (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname <> 'information_schema'
               AND (n.nspname !~ '^pg_' OR n.nspname = 'pg_toast') AND c.oid >= 16384)::int AS relations`);
  const { version, major, free, locks, relations } = rows[0];
  if (major < OLDEST) {
    findings.push({
      code: "server-too-old",
      severity: "refuse",
      what: `The data's server is PostgreSQL ${version}.`,
      remedy: `Upgrade it to PostgreSQL ${OLDEST} or later.`,
    });
  }
  if (free < CONNECTIONS_NEEDED) {
    findings.push({
      code: "few-connections",
      severity: free < 3 ? "refuse" : "warn",
      what: `The data's server has ${Math.max(0, free)} connections left.`,
      remedy: "Raise max_connections, or let the apps' pools be smaller.",
    });
  }
  if (relations > locks * 0.8) {
    findings.push({
      code: "lock-table-small",
      severity: "warn",
      what: `The idle data has ${relations} tables and indexes, and the server can lock about ${locks} at once.`,
      remedy: "Raise max_locks_per_transaction on the data's server and restart it.",
    });
  }
  return findings;
}

/** Asked on the slot's database. `dir` is null where the server's folder is not on this machine. */
export async function placeOf(client: pg.Client): Promise<{ dir: string | null; bytes: number }> {
  const { rows } = await client.query(
    `SELECT (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS dir,
            inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1' AS local,
            pg_database_size(current_database())::float8 AS bytes`,
  );
  const { dir, local, bytes } = rows[0];
  return { dir: local ? dir : null, bytes };
}

/** Asked on the source. The old rows stay until the commit. */
export async function diskFindings(source: pg.Client): Promise<Finding[]> {
  const { dir, bytes } = await placeOf(source);
  const disk = dir ? await statfs(dir).catch(() => null) : null;
  if (!disk) return [];
  const free = disk.bavail * disk.bsize;
  // The rows once more, and once more as write-ahead log.
  if (free > bytes * 2) return [];
  const mb = (count: number) => `${Math.round(count / 1e6)} MB`;
  return [
    {
      code: "disk-full",
      severity: free < bytes ? "refuse" : "warn",
      what: `The copy may need ${mb(bytes * 2)} and the data's disk has ${mb(free)} free.`,
      remedy: "Make room on the disk of the data's server.",
    },
  ];
}
