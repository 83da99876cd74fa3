/** What both servers must have for feeds: settings, free places, rights. */
import type pg from "pg";
import type { Finding } from "#lib/engine/model.ts";
import { MAY_BEGIN } from "./subscription.ts";

/** Longer than this, and a feed that is to start waits noticeably for its worker. Milliseconds. */
const PROMPT_RETRY_MS = 1_000;

interface Facts {
  version: number;
  walLevel: string;
  slotsFree: number;
  sendersFree: number;
  workersFree: number;
  originsFree: number;
  retryMs: number;
  keepMb: number;
  superuser: boolean;
  replication: boolean;
  subscriber: boolean;
  origins: boolean;
}

const FACTS = `
  SELECT current_setting('server_version_num')::int / 10000 AS version,
         current_setting('wal_level') AS "walLevel",
         current_setting('max_replication_slots')::int
           - (SELECT count(*) FROM pg_replication_slots WHERE slot_name <> ALL ($1))::int AS "slotsFree",
         coalesce(current_setting('max_active_replication_origins', true), current_setting('max_replication_slots'))::int
           - (SELECT count(*) FROM pg_replication_origin o WHERE NOT EXISTS (
                SELECT FROM pg_subscription s WHERE o.roname = 'pg_' || s.oid AND s.subname = ANY ($1)))::int AS "originsFree",
         current_setting('max_wal_senders')::int - (SELECT count(*) FROM pg_stat_replication)::int AS "sendersFree",
         least(current_setting('max_logical_replication_workers')::int,
               current_setting('max_worker_processes')::int)
           - (SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL)::int AS "workersFree",
         (SELECT setting::int FROM pg_settings WHERE name = 'wal_retrieve_retry_interval') AS "retryMs",
         (SELECT setting::int FROM pg_settings WHERE name = 'max_slot_wal_keep_size') AS "keepMb",
         ${MAY_BEGIN} AS origins,
         r.rolsuper AS superuser, r.rolreplication AS replication,
         coalesce((SELECT pg_has_role(r.oid, s.oid, 'MEMBER') FROM pg_roles s
                    WHERE s.rolname = 'pg_create_subscription'), false) AS subscriber
    FROM pg_roles r WHERE r.rolname = current_user`;

/** Two sessions to one server, or one to each of two. `feeds` are those of these two slots, which are removed first. */
export async function serverFindings(
  source: pg.Client,
  target: pg.Client,
  same: boolean,
  feeds: string[],
): Promise<Finding[]> {
  const read = async (client: pg.Client): Promise<Facts> =>
    (await client.query<Facts>(FACTS, [feeds])).rows[0]!;
  const servers = same
    ? [{ facts: await read(source), needs: 2, where: "The data's server" }]
    : [
        { facts: await read(source), needs: 1, where: "The live data's server" },
        { facts: await read(target), needs: 1, where: "The idle data's server" },
      ];
  return servers.flatMap(({ facts, needs, where }) => [
    ...settings(facts, needs, where),
    ...rights(facts, where),
  ]);
}

function settings(facts: Facts, needs: number, where: string): Finding[] {
  const findings: Finding[] = [];
  const refuse = (code: string, what: string, remedy: string) =>
    findings.push({ code, severity: "refuse", what: `${where} ${what}`, remedy });
  const warn = (code: string, what: string, remedy: string) =>
    findings.push({ code, severity: "warn", what: `${where} ${what}`, remedy });
  const restart = "then restart the server. Or sync in snapshot mode.";
  if (facts.walLevel !== "logical")
    refuse(
      "wal-level",
      `writes its log with wal_level = ${facts.walLevel}.`,
      `Set wal_level = logical, ${restart}`,
    );
  if (facts.slotsFree < needs)
    refuse(
      "slots-full",
      `has ${facts.slotsFree} replication slots left and ${needs} are needed.`,
      `Raise max_replication_slots, ${restart}`,
    );
  if (facts.sendersFree < 1 + needs)
    refuse(
      "senders-full",
      `can send its log to ${facts.sendersFree} more readers and ${1 + needs} are needed.`,
      `Raise max_wal_senders, ${restart}`,
    );
  if (facts.originsFree < needs)
    refuse(
      "origins-full",
      `can keep track of ${facts.originsFree} more sources of changes and ${needs} are needed.`,
      `Raise max_active_replication_origins (before PostgreSQL 18: max_replication_slots), ${restart}`,
    );
  if (facts.workersFree < 1)
    refuse(
      "workers-full",
      "has no place for another worker that applies changes.",
      `Raise max_logical_replication_workers and max_worker_processes, ${restart}`,
    );
  if (facts.retryMs > PROMPT_RETRY_MS)
    warn(
      "slow-start",
      `lets a feed wait up to ${facts.retryMs / 1000} s for its worker, so going back right after a swap takes that long to become possible.`,
      "Set wal_retrieve_retry_interval = '500ms' and reload the server.",
    );
  if (facts.keepMb === -1)
    warn(
      "log-uncapped",
      "keeps its log without a limit for a feed that stands still.",
      "Set max_slot_wal_keep_size to what the disk can spare, and reload the server.",
    );
  return findings;
}

function rights({ superuser, replication, subscriber, origins, version }: Facts, where: string): Finding[] {
  if (superuser) return [];
  if (version >= 16 && replication && subscriber) {
    if (origins) return [];
    return [
      {
        code: "origin-rights",
        severity: "warn",
        what: `${where}: if it crashes right after a swap, the way back may stop, for Signalbox's role may not say where that begins.`,
        remedy:
          "In the databases of both slots: GRANT EXECUTE ON FUNCTION pg_replication_origin_advance TO it.",
      },
    ];
  }
  return [
    {
      code: "feed-rights",
      severity: "refuse",
      what: `${where}: Signalbox's role may not set up feeds.`,
      remedy:
        version >= 16
          ? "GRANT pg_create_subscription TO it and give it the attribute REPLICATION, or let it be a superuser. Or sync in snapshot mode."
          : "PostgreSQL 15 lets only superusers do that. Or sync in snapshot mode.",
    },
  ];
}
