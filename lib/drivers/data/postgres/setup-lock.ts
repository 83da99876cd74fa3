import type pg from "pg";
import type { DataServer } from "./connect.ts";
import type { SlotNames } from "./names.ts";

/**
 * Runs `work` while no other engine changes the slot's database or roles. `admin` is the session that holds the
 * lock, connected to the administrator's database: the lock's name counts only within one database.
 */
export function withSetupLock<T>(
  server: DataServer,
  names: SlotNames,
  work: (admin: pg.Client) => Promise<T>,
): Promise<T> {
  return server.use(undefined, async (admin) => {
    await admin.query("SET statement_timeout = 60000; SET lock_timeout = 60000");
    await admin.query("SELECT pg_advisory_lock(hashtextextended($1, 0))", [`signalbox ${names.database}`]);
    try {
      return await work(admin);
    } finally {
      await admin.query("SELECT pg_advisory_unlock_all()").catch(() => {});
    }
  });
}
