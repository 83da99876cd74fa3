/** When all is quiet: what was promised against what is there, on the live slot and on the one that it feeds. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { connections } from "#lib/config/open-home.ts";
import type { SlotName } from "#lib/engine/model.ts";
import { RUN_MS, SHOP } from "../day/shop.ts";
import { now } from "../ledger/ledger.ts";
import { httpReader } from "../ledger/reader.ts";
import { sqlReader } from "../ledger/sql-reader.ts";
import { type Verdict, verify } from "../ledger/verify.ts";
import { unlawful } from "./authority.ts";
import type { Field } from "./field.ts";
import { leftoversOf } from "./leftovers.ts";
import { resting } from "./mode.ts";

const CAUGHT_UP_MS = 60_000;
const ACCEPTS_MS = 10_000;

export interface Findings {
  verdict: Verdict;
  twoWriters: number;
  leftovers: string[];
}

/** Ends the traffic and reads everything back. */
export async function findings(field: Field): Promise<Findings> {
  const { installation, api, load, ledger, prober, writers, mode, say, wrong } = field;
  const { live, idle } = await api.app(SHOP.app);
  if (live === null) throw new Error("nothing is live");
  if (!(await accepts(field, live))) wrong(`${live} is live and accepts no write`);
  prober.stop();
  await Promise.all([load.stop(), writers.stop()]);

  const visitor = httpReader({ port: installation.gatewayPort, host: SHOP.publicHost });
  const verdict = verify(ledger.records, await visitor(), ledger.prefix);
  const lawless = unlawful(writers.commits, field.first, field.switches, field.scratch);
  for (const commit of lawless.slice(0, 10))
    say(`two writers: ${commit.slot} accepted ${commit.ref} at ${new Date(commit.ackedAt).toISOString()}`);
  const bare = new Set(lawless);
  const counted = writers.commits.filter(
    (commit) =>
      !bare.has(commit) &&
      !field.scratch.some(
        ({ slot, from, to }) => slot === commit.slot && commit.ackedAt > from && commit.sentAt < to,
      ),
  );
  const refs = counted.map(({ ref }) => ref);
  addDirect(verdict, live, await directRows(field, live), refs);
  if (mode.feeds) {
    // Files are carried at the next switch; what the databases hold is there at once.
    const inDatabase = ledger.records.filter(({ write }) => write.kind !== "upload");
    const reader = sqlReader(databaseUrl(field, idle));
    const other = await caughtUp(async () => {
      const fed = verify(inDatabase, await reader(), ledger.prefix);
      addDirect(fed, idle, await directRows(field, idle), refs);
      return fed;
    });
    verdict.lost += other.lost;
    verdict.doubled += other.doubled;
    verdict.unexplained += other.unexplained;
    verdict.details.push(...other.details.map((detail) => `in ${idle}, which is fed: ${detail}`));
  }

  const leftovers = await leftoversOf(installation, mode.feeds ? 1 : 0);
  if (mode.feeds && resting(await api.app(SHOP.app))) {
    await api.succeeded(await api.act(SHOP.app, "finish"), RUN_MS);
    leftovers.push(...(await leftoversOf(installation, 0)).map((what) => `after finish: ${what}`));
  }
  return { verdict, twoWriters: lawless.length, leftovers };
}

/** Whether the slot acknowledges a direct write that begins from now on. */
async function accepts({ writers }: Field, slot: SlotName): Promise<boolean> {
  const since = now();
  while (now() < since + ACCEPTS_MS) {
    if (writers.commits.some((commit) => commit.slot === slot && commit.sentAt > since)) return true;
    await sleep(50);
  }
  return false;
}

/** The last verdict of a slot that is fed, once nothing is missing any more or a minute has gone by. */
async function caughtUp(look: () => Promise<Verdict>): Promise<Verdict> {
  const deadline = now() + CAUGHT_UP_MS;
  for (;;) {
    const verdict = await look();
    if (verdict.lost + verdict.unexplained === 0 || now() > deadline) return verdict;
    await sleep(500);
  }
}

/** As the server's administrator. */
function databaseUrl({ installation }: Field, slot: SlotName): string {
  const url = new URL(connections(installation.home, installation.environment).data);
  url.pathname = `/sb_${SHOP.app}_${slot}`;
  return url.href;
}

async function directRows(field: Field, slot: SlotName): Promise<Map<string, number>> {
  const client = new pg.Client({
    connectionString: databaseUrl(field, slot),
    application_name: "torture",
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ ref: string; times: number }>(
      "SELECT ref, count(*)::int AS times FROM public.entries WHERE starts_with(ref, $1) GROUP BY ref",
      [field.writers.prefix],
    );
    return new Map(rows.map(({ ref, times }) => [ref, times]));
  } finally {
    await client.end();
  }
}

function addDirect(verdict: Verdict, slot: SlotName, rows: Map<string, number>, refs: string[]): void {
  const missing = refs.filter((ref) => !rows.has(ref));
  const twice = refs.filter((ref) => (rows.get(ref) ?? 0) > 1);
  verdict.lost += missing.length;
  verdict.doubled += twice.length;
  for (const ref of missing.slice(0, 10)) verdict.details.push(`lost: direct write ${ref} is not in ${slot}`);
  for (const ref of twice.slice(0, 10)) verdict.details.push(`doubled: direct write ${ref} in ${slot}`);
}
