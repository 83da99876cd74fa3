/** For tests: somebody's app, which knows nothing of Signalbox. Notes in PostgreSQL over HTTP; prints its port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";

const { DATABASE_URL, VERSION = "1.0", SETUP } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 5 });
pool.on("error", () => {});
if (SETUP) {
  await pool.query(
    "CREATE TABLE IF NOT EXISTS notes (ref text PRIMARY KEY, version text NOT NULL, n serial)",
  );
}

const server = createServer(async (request, response) => {
  const say = (status: number, body: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  try {
    const path = request.url ?? "/";
    if (path === "/healthz") return say(200, { version: VERSION });
    const ref = decodeURIComponent(path.split("/")[2] ?? "");
    if (request.method === "POST") {
      await pool.query("INSERT INTO notes (ref, version) VALUES ($1, $2)", [ref, VERSION]);
      return say(201, { ref, version: VERSION });
    }
    const { rows } = await pool.query("SELECT ref, version FROM notes WHERE ref = $1", [ref]);
    return rows[0] ? say(200, { ...rows[0], by: VERSION }) : say(404, { by: VERSION });
  } catch (error) {
    return say(500, { error: String(error), by: VERSION });
  }
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  console.log((server.address() as AddressInfo).port);
});
