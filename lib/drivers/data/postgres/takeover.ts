/** Every act that changes a slot begins here: the token is made known for good, and who came before is ended. */
import type pg from "pg";
import { type FencingToken, StaleToken } from "#lib/engine/ports.ts";
import type { DataServer } from "./connect.ts";
import { claimGuard } from "./guard.ts";

/** What the session of a fence calls itself. */
export const fenceName = (server: DataServer, token: FencingToken): string =>
  `${server.applicationName} fence ${token}`;

const ANY_FENCE = (server: DataServer) => `^${server.applicationName} fence [0-9]+$`;

/** Rejects with StaleToken when this database has seen a newer token, committed or in a fence that is held. */
export async function takeOver(server: DataServer, client: pg.Client, token: FencingToken): Promise<void> {
  await endOlderFences(server, client, token);
  await claimGuard(client, token);
}

async function endOlderFences(server: DataServer, client: pg.Client, token: FencingToken): Promise<void> {
  const { rows } = await client.query(
    `SELECT pid, substring(application_name FROM '[0-9]+$')::float8 AS token
       FROM pg_stat_activity
      WHERE datname = current_database() AND usename = current_user AND application_name ~ $1
        AND pid <> pg_backend_pid()`,
    [ANY_FENCE(server)],
  );
  if (rows.some((row) => row.token > token)) {
    throw new StaleToken(`token ${token} is older than the one that holds the fence`);
  }
  for (const { pid } of rows) await client.query("SELECT pg_terminate_backend($1, 10000)", [pid]);
}

/** Waits for a fence whose COMMIT is on its way: it counts once it has arrived. */
export async function settleCommits(server: DataServer, client: pg.Client): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user
          AND application_name ~ $1 AND state = 'active' AND query = 'COMMIT'`,
      [ANY_FENCE(server)],
    );
    if (!rowCount) return;
    await client.query("SELECT pg_sleep(0.01)");
  }
}
