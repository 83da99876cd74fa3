import type pg from "pg";

/** What fails leaves the session in a failed transaction, to be closed by whoever opened it. */
export async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query("BEGIN");
  await work();
  await client.query("COMMIT");
}
