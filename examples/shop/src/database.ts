/** The shop's connections, and what a failure says about whether something was written. */
import pg from "pg";
import { settings } from "./settings.ts";

// bigint and numeric arrive as text; the shop's numbers all fit.
pg.types.setTypeParser(20, Number);
pg.types.setTypeParser(1700, Number);

/** Nothing was written. */
export class Unavailable extends Error {}
/** The connection was lost with the answer: it may have been written or not. */
export class InDoubt extends Error {}

const pool = new pg.Pool({
  connectionString: settings.databaseUrl,
  application_name: `shop ${settings.slot}`,
  max: 10,
  connectionTimeoutMillis: 5_000,
});
// An idle connection that breaks, as all do when the server restarts; the next query makes a new one.
pool.on("error", (error) => console.error(`lost a connection: ${error.message}`));

/** Rejects with the database's own error for a constraint (class 23), otherwise Unavailable or InDoubt. */
export async function query<Row extends pg.QueryResultRow>(
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = await pool.connect().catch((error) => {
    throw new Unavailable(error.message, { cause: error });
  });
  let broken: Error | undefined;
  try {
    return (await client.query<Row>(text, values)).rows;
  } catch (error) {
    const { code, severity, message } = error as pg.DatabaseError;
    // An ERROR ends the statement and leaves the connection; anything worse takes the answer with it.
    const refused = severity === "ERROR" && code !== undefined;
    if (!refused) broken = error as Error;
    if (refused && code.startsWith("23")) throw error;
    throw refused ? new Unavailable(message, { cause: error }) : new InDoubt(message, { cause: error });
  } finally {
    client.release(broken);
  }
}

export const closeDatabase = () => pool.end();
