/** Writes the whole store, as it was at one moment, while everything goes on. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { FORMAT, ROW } from "./backup-format.ts";
import { linesOf } from "./lines.ts";
import { tablesInOrder } from "./own-tables.ts";

/** The gzipped backup. Ending it early ends the snapshot. Needs no tool of PostgreSQL's. */
export function backupStore(url: string): Readable {
  const lines = Readable.from(backupLines(url), { objectMode: true, highWaterMark: 256 });
  const zipped = createGzip();
  lines.on("error", (error) => zipped.destroy(error));
  zipped.on("close", () => lines.destroy());
  return lines.pipe(zipped);
}

async function* backupLines(url: string): AsyncGenerator<string> {
  const client = new pg.Client({ connectionString: url, application_name: "signalbox backup" });
  // A connection that breaks shows at the query that is under way.
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const hash = createHash("sha256");
    let rows = 0;
    const line = (text: string) => {
      hash.update(`${text}\n`);
      return `${text}\n`;
    };
    yield line(JSON.stringify(await headOf(client)));
    for (const { table, columns } of await tablesInOrder(client)) {
      yield line(JSON.stringify({ table, columns }));
      const names = columns.map((column) => pg.escapeIdentifier(column)).join(", ");
      const copy = client.query(copyTo(`COPY ${pg.escapeIdentifier(table)} (${names}) TO STDOUT`));
      for await (const row of linesOf(copy)) {
        rows += 1;
        yield line(ROW + row);
      }
    }
    await client.query("COMMIT");
    yield `${JSON.stringify({ end: true, rows, sha256: hash.digest("hex") })}\n`;
  } finally {
    await client.end();
  }
}

async function headOf(client: pg.Client) {
  const { rows: applied } = await client.query<{ migration_name: string }>(
    "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1",
  );
  const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
  return {
    format: FORMAT,
    createdAt: new Date().toISOString(),
    migrations: applied.map(({ migration_name }) => migration_name),
    server: rows[0]!.server_version,
  };
}
