/** Runs the migrations that the database does not have yet, in the order of their names. */
import { readdir, readFile } from "node:fs/promises";
import pg from "pg";
import { settings } from "./settings.ts";

const folder = new URL("./migrations/", import.meta.url);
// Any number of our own: two runs at once wait for each other.
const LOCK = 7_046_510;

const client = new pg.Client({ connectionString: settings.databaseUrl, application_name: "shop migrate" });
await client.connect();
try {
  await client.query("SELECT pg_advisory_lock($1)", [LOCK]);
  await client.query(
    "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
  );
  const { rows } = await client.query<{ name: string }>("SELECT name FROM schema_migrations");
  const applied = new Set(rows.map(({ name }) => name));
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(".sql")).sort()) {
    if (applied.has(name)) continue;
    const sql = await readFile(new URL(name, folder), "utf8");
    await client.query("BEGIN");
    await client.query(sql);
    await client.query("INSERT INTO schema_migrations (name) VALUES ($1)", [name]);
    await client.query("COMMIT");
    console.log(`applied ${name}`);
  }
  console.log("the schema is up to date");
} finally {
  await client.end();
}
