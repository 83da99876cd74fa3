/**
 * The shop's data straight from its database, with every column: what a rollback took back may be a column that no
 * page shows (when the worker marked an order). For comparing two states; the verdict reads over HTTP.
 */
import pg from "pg";
import type { Reader, Snapshot } from "./reader.ts";
import { snapshotSchema } from "./reader.ts";

/**
 * Reads the three tables as of one moment, of them the rows of the ledger with this prefix. `url` may be of any role
 * that can read them.
 */
export function sqlReader(url: string, prefix = ""): Reader {
  return (): Promise<Snapshot> =>
    withClient(url, async (client) => {
      await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      const rows = async (table: "orders" | "entries" | "accounts") => {
        const { rows } = await client.query<{ row: unknown }>(
          `SELECT to_jsonb(t) AS row FROM public.${table} t
           WHERE starts_with(${table === "accounts" ? "name" : "ref"}, $1)`,
          [prefix],
        );
        return rows.map(({ row }) => row);
      };
      return snapshotSchema.parse({
        orders: await rows("orders"),
        entries: await rows("entries"),
        accounts: await rows("accounts"),
        uploads: [],
      });
    });
}

/** How many orders the worker has not marked yet. */
export function ordersWaiting(url: string): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      "SELECT count(*)::int AS n FROM public.orders WHERE processed_at IS NULL",
    );
    return rows[0].n as number;
  });
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: "ledger" });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
