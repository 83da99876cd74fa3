/** Every act that changes a slot begins here: the token is made known for good, and who came before is ended. */
import type pg from "pg";
import { type FencingToken, StaleToken } from "#lib/engine/ports.ts";
import type { DataServer } from "./connect.ts";
import { claimGuard } from "./guard.ts";
import { literal } from "./quote.ts";

/** What the session of a fence calls itself. */
export const fenceName = (server: DataServer, token: FencingToken): string =>
  `${server.applicationName} fence ${token}`;

const ANY_FENCE = (server: DataServer) => `^${server.applicationName} fence [0-9]+$`;

/** Rejects with StaleToken when this database has seen a newer token, committed or in a fence that is held. */
export async function takeOver(server: DataServer, client: pg.Client, token: FencingToken): Promise<void> {
  await endOlderFences(server, client, token);
  await claimGuard(client, token);
}

/** Rejects with StaleToken when a newer one is held. */
export async function endOlderFences(
  server: DataServer,
  client: pg.Client,
  token: FencingToken,
): Promise<void> {
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

/** Answers to these questions when no fence's COMMIT is on its way any more: it counts once it has arrived. */
export async function settledCommits(
  server: DataServer,
  client: pg.Client,
  questions: string[],
): Promise<pg.QueryResult[]> {
  const onTheirWay = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user
      AND application_name ~ ${literal(ANY_FENCE(server))} AND state = 'active' AND query = 'COMMIT'`;
  for (let tries = 0; ; tries += 1) {
    const message = [onTheirWay, ...questions].join(";\n");
    const [committing, ...answers] = (await client.query(message)) as unknown as pg.QueryResult[];
    if (!committing!.rowCount || tries === MOST_LOOKS) return answers;
    await client.query("SELECT pg_sleep(0.01)");
  }
}

const MOST_LOOKS = 200;
