/** What may not be there when all is quiet: locks, fences, feeds that nobody needs, processes that nobody knows. */
import { existsSync } from "node:fs";
import pg from "pg";
import type { Home } from "#lib/config/home.ts";
import { connections } from "#lib/config/open-home.ts";
import { SLOT_NAMES } from "#lib/engine/model.ts";
import { holdPaths, lockPath } from "#lib/gate/lock-file.ts";
import { allPids, environOf, processLink, startTimeOf } from "#lib/observability/process-identity.ts";
import { findChildren, findOrphans } from "#lib/supervisor/child.ts";
import type { Installation } from "../day/installation.ts";
import { SHOP } from "../day/shop.ts";

/** `feeds`: how many the app's state asks for, 0 or 1. Call it when nobody writes and no run goes on. */
export async function leftoversOf(installation: Installation, feeds: number): Promise<string[]> {
  const { home, environment } = installation;
  const { data } = connections(home, environment);
  const databases = SLOT_NAMES.map((slot) => `sb_${SHOP.app}_${slot}`);
  const [all, ...each] = await Promise.all([
    ask(data, "postgres", SERVER_WIDE, [databases]),
    ...databases.map((database) => ask(data, database, PER_DATABASE, [])),
  ]);
  const found = [...(all ?? []), ...each.flat()];
  const of = (kind: string) => found.filter((row) => row.kind === kind).map(({ name }) => `${kind} ${name}`);
  const beyond = (kind: string, allowed: number) => {
    const there = of(kind);
    return there.length === allowed
      ? []
      : there.length > allowed
        ? there
        : [`no ${kind}, and ${allowed} is needed`];
  };
  return [
    ...[lockPath(home, null), ...holdPaths(home, SHOP.app)].filter(existsSync).map((path) => `lock ${path}`),
    ...of("held transaction"),
    ...of("prepared transaction"),
    // One for each direction, of which one runs.
    ...beyond("replication slot", 2 * feeds),
    ...beyond("subscription", 2 * feeds),
    ...beyond("publication", 2 * feeds),
    ...beyond("running feed", feeds),
    ...processesTwice(home),
  ];
}

const SERVER_WIDE = `
  SELECT 'held transaction' AS kind, concat_ws(' ', datname, application_name, state) AS name
    FROM pg_stat_activity
   WHERE datname = ANY ($1) AND state LIKE 'idle in transaction%' AND state_change < now() - interval '1 second'
  UNION ALL SELECT 'prepared transaction', gid FROM pg_prepared_xacts
  UNION ALL SELECT 'replication slot', slot_name::text FROM pg_replication_slots
  UNION ALL SELECT 'subscription', subname::text FROM pg_subscription
  UNION ALL SELECT 'running feed', subname::text FROM pg_subscription WHERE subenabled`;
const PER_DATABASE =
  "SELECT 'publication' AS kind, current_database() || ' ' || pubname AS name FROM pg_publication";

interface Found {
  kind: string;
  name: string;
}

async function ask(url: string, database: string, sql: string, values: unknown[]): Promise<Found[]> {
  const there = new URL(url);
  there.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: there.href, application_name: "torture" });
  await client.connect();
  try {
    return (await client.query<Found>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** While it runs: one of each, and none whose parent is gone. */
function processesTwice(home: Home): string[] {
  const names = findChildren(home).map(({ name }) => name);
  return [
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => `a second ${name}`),
    ...findOrphans(home).map(({ name, pid }) => `process ${pid} of a dead ${name}`),
  ];
}

/** After all was stopped: whatever still works in the home or was started for it. */
export function strayProcesses(home: Home): string[] {
  const ours = (pid: number) =>
    environOf(pid)?.some((entry) => entry.includes(home.dir) || entry.includes(home.root)) ||
    [home.dir, home.root].some((dir) => processLink(pid, "cwd")?.startsWith(dir));
  return allPids()
    .filter((pid) => pid !== process.pid && startTimeOf(pid) !== null && ours(pid))
    .map((pid) => `process ${pid} ${processLink(pid, "exe") ?? ""}`);
}
