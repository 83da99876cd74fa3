/** An embedded PostgreSQL server as a thing to keep running. */
import { isAlive, type ProcessIdentity } from "#lib/observability/process-identity.ts";
import { ensureDatabase, type PostgresOptions, startPostgres } from "#lib/store/postgres-server.ts";
import type { Managed } from "./keep.ts";

/** `database` is created when missing. */
export function databaseServer(name: string, options: PostgresOptions, database?: string): Managed {
  return {
    name,
    async start() {
      const server = await startPostgres(options);
      if (database) await ensureDatabase(server.url(), database);
      return {
        pid: server.pid,
        adopted: server.adopted,
        gone: watch(server),
        stop: (graceMs, force) => server.stop(graceMs, force),
      };
    },
  };
}

const watch = (who: ProcessIdentity) =>
  new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      if (isAlive(who)) return;
      clearInterval(timer);
      resolve("it was gone");
    }, 100);
  });
