/** Statements that the server refuses while anybody is in a database: creating from it, renaming it. */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { DataServer } from "./connect.ts";

const LOOK_MS = 20;

/**
 * Runs `work`, whose statements are `admin`'s, and ends meanwhile whoever is in the databases. The statement itself
 * holds a lock that lets nobody in, and waits five seconds for the rest to go. Cancels it when `signal` aborts.
 */
export async function aloneIn<T>(
  server: DataServer,
  databases: string[],
  signal: AbortSignal,
  admin: pg.Client,
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = await admin.query("SELECT pg_backend_pid() AS pid");
  let over = false;
  const ending = server.use(undefined, async (client) => {
    while (!over) {
      if (signal.aborted) await client.query("SELECT pg_cancel_backend($1)", [rows[0].pid]);
      await client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY ($1) AND pid <> ALL ($2)",
        [databases, [rows[0].pid]],
      );
      await sleep(LOOK_MS);
    }
  });
  // The server says what is in the way if ending it fails.
  ending.catch(() => {});
  try {
    return await work();
  } finally {
    over = true;
    await ending.catch(() => {});
  }
}
