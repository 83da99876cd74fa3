/** Differences of the two schemas that a copy survives and a feed may not, there and on the way back. */
import type pg from "pg";
import type { Finding } from "#lib/engine/model.ts";
import { readForeignKeys } from "../foreign-keys.ts";
import type { Match } from "../match.ts";
import { APP_SCHEMA } from "../names.ts";
import { shown } from "../quote.ts";

const warn = (code: string, what: string, remedy: string): Finding => ({
  code,
  severity: "warn",
  what,
  remedy,
});

/** What `to` demands of rows beyond what `from` does. A row that violates it stops the feed. */
export async function constraintFindings(from: pg.Client, to: pg.Client, match: Match): Promise<Finding[]> {
  const stricter = await stricterRules(from, to, match);
  const findings: Finding[] = [];
  if (stricter.length > 0) {
    findings.push(
      warn(
        "stricter-rules",
        `The idle data demands more of rows than the live data: ${stricter.join(", ")}. A live row that does not comply stops the feed.`,
        "Make sure that the live version writes no such rows, or add these rules after the swap.",
      ),
    );
  }
  const triggers = await newTriggers(from, to, match);
  if (triggers.length > 0) {
    findings.push(
      warn(
        "triggers-silent",
        `${triggers.join(", ")} of the idle data do not run for rows that the feed brings.`,
        "ALTER TABLE … ENABLE ALWAYS TRIGGER …, or use a generated column, where they fill something.",
      ),
    );
  }
  return findings;
}

/** Where emptying a table on live would not empty it on idle. */
export async function truncateFindings(to: pg.Client, match: Match): Promise<Finding[]> {
  const findings: Finding[] = [];
  const fed = new Set(match.pairs.map((pair) => shown(pair.to)));
  const held = (await readForeignKeys(to))
    .filter((key) => fed.has(`${key.toSchema}.${key.toTable}`) && !fed.has(`${key.schema}.${key.table}`))
    .map((key) => `${key.toSchema}.${key.toTable} (${key.schema}.${key.table})`);
  if (held.length > 0)
    findings.push(
      warn(
        "truncate-stops",
        `Tables that only the idle data has refer to ${[...new Set(held)].join(", ")}: a TRUNCATE of these on live stops the feed.`,
        "Let the live version DELETE, or add these foreign keys after the swap.",
      ),
    );
  const parted = match.pairs.filter(({ from }) => from.kind === "p").map(({ from }) => shown(from));
  if (parted.length > 0)
    findings.push(
      warn(
        "partition-truncate",
        `A TRUNCATE of a single partition is not carried (${parted.join(", ")}): its rows stay in the idle data.`,
        "DELETE from it instead, or sync again afterwards.",
      ),
    );
  return findings;
}

/** Rows of the new release that the old one has no place for: what will make going back lose rows. `back` is idle → live. */
export async function wayBackFindings(live: pg.Client, idle: pg.Client, back: Match): Promise<Finding[]> {
  const reasons = back.unfillable.map(
    ({ table, column }) =>
      `${shown(table)}.${column.name} must have a value, and rows of the new release have none`,
  );
  const [old, fresh] = [await enumLabels(live), await enumLabels(idle)];
  for (const [type, labels] of fresh) {
    const added = labels.filter((label) => old.has(type) && !old.get(type)?.includes(label));
    if (added.length > 0) reasons.push(`${type} has the new values ${added.join(", ")}`);
  }
  for (const { from, columns } of back.pairs) {
    for (const { name, generated } of from.columns)
      if (generated && columns.includes(name))
        reasons.push(`${shown(from)}.${name} is computed by the new release and its values are not carried`);
  }
  for (const rule of await stricterRules(idle, live, back)) reasons.push(`the live data demands ${rule}`);
  for (const { from, to, columns } of back.pairs) {
    for (const name of columns) {
      const [wide, narrow] = [from, to].map(
        (table) => table.columns.find((column) => column.name === name)?.type ?? "",
      );
      if (isNarrower(narrow!, wide!)) reasons.push(`${shown(to)}.${name} was ${narrow} and is ${wide} now`);
    }
  }
  if (reasons.length === 0) return [];
  return [
    warn(
      "way-back-breaks",
      `After the swap a row that the old version has no place for stops the way back: ${reasons.join("; ")}.`,
      "Going back is lossless until the new release writes such a row. Let it do so only once the swap is finished, where you can.",
    ),
  ];
}

const LENGTH = /^(?:character varying|character|bit varying|bit)\((\d+)\)/;
const WIDTH: Record<string, number> = { smallint: 2, integer: 4, bigint: 8 };

/** Whether values of `wide` may have no place in `narrow`, as far as the types' names tell. */
export function isNarrower(narrow: string, wide: string): boolean {
  if (narrow === wide) return false;
  if (WIDTH[narrow] && WIDTH[wide]) return WIDTH[narrow] < WIDTH[wide];
  const [short, long] = [narrow, wide].map((type) =>
    Number(LENGTH.exec(type)?.[1] ?? Number.POSITIVE_INFINITY),
  );
  if (Number.isFinite(short) && (long! > short! || wide === "text")) return true;
  return false;
}

/** Unique indexes, checks and NOT NULL that only `to` has, as they are written. */
async function stricterRules(from: pg.Client, to: pg.Client, match: Match): Promise<string[]> {
  const [mine, theirs] = [await rulesOf(from), await rulesOf(to)];
  const rules: string[] = [];
  for (const pair of match.pairs) {
    const table = shown(pair.to);
    for (const rule of theirs.get(table) ?? []) {
      if (!mine.get(shown(pair.from))?.has(rule)) rules.push(`${table} ${rule}`);
    }
  }
  return rules;
}

async function rulesOf(client: pg.Client): Promise<Map<string, Set<string>>> {
  const { rows } = await client.query(`
    SELECT n.nspname || '.' || c.relname AS "table", r.rule
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL (
       SELECT regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '') AS rule
         FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'x')
       UNION ALL
       SELECT regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE UNIQUE INDEX .* USING', 'UNIQUE USING')
         FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique
       UNION ALL
       SELECT a.attname || ' NOT NULL' FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef
          AND a.attidentity = '') r
     WHERE ${APP_SCHEMA} AND c.relkind IN ('r', 'p') AND NOT c.relispartition`);
  const rules = new Map<string, Set<string>>();
  for (const { table, rule } of rows) rules.set(table, (rules.get(table) ?? new Set()).add(rule));
  return rules;
}

async function newTriggers(from: pg.Client, to: pg.Client, match: Match): Promise<string[]> {
  const list = async (client: pg.Client): Promise<Map<string, string>> => {
    const { rows } = await client.query(`
      SELECT n.nspname || '.' || c.relname || ' ' || t.tgname AS name, t.tgenabled AS enabled, n.nspname AS schema, c.relname
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE NOT t.tgisinternal AND ${APP_SCHEMA}`);
    return new Map(rows.map((row) => [row.name as string, row.enabled as string]));
  };
  const [mine, theirs] = [await list(from), await list(to)];
  const fed = new Set(match.pairs.map((pair) => shown(pair.to)));
  return [...theirs]
    .filter(
      ([name, enabled]) =>
        enabled === "O" && !mine.has(name) && fed.has(name.slice(0, name.lastIndexOf(" "))),
    )
    .map(([name]) => name);
}

async function enumLabels(client: pg.Client): Promise<Map<string, string[]>> {
  const { rows } = await client.query(`
    SELECT n.nspname || '.' || t.typname AS type, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels
      FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE ${APP_SCHEMA} GROUP BY 1`);
  return new Map(rows.map((row) => [row.type, row.labels]));
}
