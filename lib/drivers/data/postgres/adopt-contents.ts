/** What is in a database that is to be adopted, as far as copying and comparing it goes. */
import type pg from "pg";
import type { AdoptionItem } from "#lib/engine/adoption.ts";
import { good, refuse, warn } from "./adopt-items.ts";
import { isDataTable, readTables } from "./catalog.ts";
import { qualified, shown } from "./quote.ts";

/** What a full copy was measured at with `npm run bench -- swap`, on two cores. */
const COPY_BYTES_PER_SECOND = 100_000_000;
/** The default of the app's setting `windowMs`. */
const WINDOW_SECONDS = 30;
const LONG_SECONDS = 5;

export async function contentItems(client: pg.Client, items: AdoptionItem[]): Promise<void> {
  items.push(await sizeItem(client));
  items.push(...(await transactionItems(client)));
  items.push(...(await tableItems(client)));
  items.push(...(await settingItems(client)));
}

async function sizeItem(client: pg.Client): Promise<AdoptionItem> {
  const { rows } = await client.query(
    `SELECT pg_database_size(current_database())::float8 AS bytes, current_database()::text AS database`,
  );
  const { bytes, database } = rows[0];
  const seconds = bytes / COPY_BYTES_PER_SECOND;
  const size = bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
  const time = seconds < 1 ? "less than a second" : `about ${Math.ceil(seconds)} s`;
  const what = `${database} holds ${size}; the first copy takes ${time}.`;
  if (seconds < WINDOW_SECONDS / 2) return good("size", what);
  return warn(
    "size",
    `${what} A swap copies it while visitors wait, and gives up after ${WINDOW_SECONDS} s.`,
    "Raise windowMs in the app's settings afterwards, or move what never changes into another database.",
  );
}

async function transactionItems(client: pg.Client): Promise<AdoptionItem[]> {
  const { rows } = await client.query(
    `SELECT pid, usename::text AS role, extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds
       FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
        AND clock_timestamp() - xact_start > make_interval(secs => $1)
      ORDER BY xact_start LIMIT 3`,
    [LONG_SECONDS],
  );
  return rows.map(({ pid, role, seconds }) =>
    warn(
      "long-transaction",
      `A transaction of ${role ?? "a background process"} (pid ${pid}) is open for ${Math.round(seconds)} s; one that is open in a swap's window makes it give up.`,
      "Let it end; find out whether it comes often. To end it:",
      `SELECT pg_terminate_backend(${Number(pid)});`,
    ),
  );
}

async function tableItems(client: pg.Client): Promise<AdoptionItem[]> {
  const items: AdoptionItem[] = [];
  const all = await readTables(client);
  const tables = all.filter(isDataTable);
  const keyless = tables.filter((table) => table.keys.length === 0);
  if (keyless.length > 0) {
    items.push(
      warn(
        "no-key",
        `${list(keyless.map(shown))} ${keyless.length === 1 ? "has" : "have"} no primary key: what a rollback loses there is only a lower bound.`,
        "Give each a primary key of columns that it has.",
      ),
    );
  }
  const unlogged = tables.filter((table) => table.unlogged);
  if (unlogged.length > 0) {
    items.push(
      warn(
        "unlogged",
        `${list(unlogged.map(shown))} ${unlogged.length === 1 ? "is" : "are"} unlogged: a crash empties ${unlogged.length === 1 ? "it" : "them"}.`,
        "If the rows matter (this writes the table anew and blocks it meanwhile):",
        unlogged.map((table) => `ALTER TABLE ${qualified(table)} SET LOGGED;`).join("\n"),
      ),
    );
  }
  const foreign = all.filter((table) => table.kind === "f");
  if (foreign.length > 0) {
    items.push(
      warn(
        "foreign-tables",
        `${list(foreign.map(shown))} ${foreign.length === 1 ? "is a foreign table" : "are foreign tables"}: neither copied nor fenced.`,
        "See that nothing writes to them during a swap.",
      ),
    );
  }
  return items;
}

async function settingItems(client: pg.Client): Promise<AdoptionItem[]> {
  const items: AdoptionItem[] = [];
  const { rows } = await client.query(
    `SELECT current_setting('wal_level') AS wal, current_setting('max_replication_slots')::int AS slots,
            (SELECT count(*)::int FROM pg_replication_slots) AS used,
            (SELECT count(*)::int FROM pg_largeobject_metadata) AS large,
            (SELECT array_agg(extname::text ORDER BY extname) FROM pg_extension WHERE extname <> 'plpgsql') AS extensions`,
  );
  const { wal, slots, used, large, extensions } = rows[0];
  if (wal !== "logical") {
    items.push(
      warn(
        "wal-level",
        `wal_level is ${wal}. Swaps work; following the live data continuously would need logical.`,
        "When the server can be restarted once:",
        "ALTER SYSTEM SET wal_level = 'logical';  -- then restart PostgreSQL",
      ),
    );
  } else if (slots - used < 2) {
    items.push(
      warn(
        "replication-slots",
        `${slots - used} of ${slots} replication slots are left; following continuously takes 2.`,
        "When the server can be restarted once:",
        `ALTER SYSTEM SET max_replication_slots = ${used + 10};  -- then restart PostgreSQL`,
      ),
    );
  }
  if (large > 0) {
    items.push(
      warn(
        "large-objects",
        `${large} large objects are not copied.`,
        "Keep such contents in bytea or in files.",
      ),
    );
  }
  if (extensions) {
    items.push(good("extensions", `The second database gets the same extensions: ${extensions.join(", ")}.`));
  }
  return items;
}

/** The second database, when somebody names one: what is in it is replaced by the first sync. */
export async function greenItems(client: pg.Client, database: string): Promise<AdoptionItem[]> {
  const tables = (await readTables(client)).filter(isDataTable);
  for (const table of tables) {
    const { rowCount } = await client.query(`SELECT FROM ${qualified(table)} LIMIT 1`);
    if (!rowCount) continue;
    return [
      refuse(
        "green-not-empty",
        `${database} has rows, in ${shown(table)} for one. A sync would replace them.`,
        "Name a database whose rows nobody needs: empty its tables first.",
      ),
    ];
  }
  return [good("green-empty", `${database} has no rows: the first sync fills it.`)];
}

const list = (names: string[]) =>
  names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
