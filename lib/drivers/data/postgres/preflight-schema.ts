/** How the two schemas fit: what stays behind, what can't be filled, what can't be compared. */
import type pg from "pg";
import type { Finding } from "#lib/engine/model.ts";
import { isDataTable, type Table } from "./catalog.ts";
import { rowsOf } from "./count.ts";
import { sharedKey } from "./difference-query.ts";
import { matchTables } from "./match.ts";
import { APP_SCHEMA } from "./names.ts";
import { shown } from "./quote.ts";

const warn = (code: string, what: string, remedy: string): Finding => ({
  code,
  severity: "warn",
  what,
  remedy,
});

export async function schemaFindings(
  source: pg.Client,
  target: pg.Client,
  sourceTables: Table[],
  targetTables: Table[],
  isLedger: (table: Table) => boolean,
): Promise<Finding[]> {
  const match = matchTables(sourceTables, targetTables, isLedger);
  const findings: Finding[] = match.unfillable.map(({ table, column }) => ({
    code: "column-needs-default",
    severity: "refuse",
    what: `${shown(table)}.${column.name} must have a value, and live rows have none for it.`,
    remedy: "Give the new column a default, or let it be null.",
  }));
  const left = await withRows(source, match.onlyFrom);
  if (left.length > 0) {
    findings.push(
      warn(
        "tables-left-out",
        `The idle data lacks ${left.join(", ")}; their rows stay behind.`,
        "Right if the new release does without them. Else deploy one that has them.",
      ),
    );
  }
  const columns = match.pairs.flatMap(({ from, to }) => {
    const there = new Set(to.columns.map(({ name }) => name));
    return from.columns.filter(({ name }) => !there.has(name)).map(({ name }) => `${shown(from)}.${name}`);
  });
  if (columns.length > 0) {
    findings.push(
      warn(
        "columns-left-out",
        `The idle data lacks the columns ${columns.join(", ")}; their values stay behind.`,
        "Right if the new release does without them. Else deploy one that has them.",
      ),
    );
  }
  const kept = await withRows(target, match.onlyTo);
  if (kept.length > 0) {
    findings.push(
      warn(
        "tables-only-idle",
        `Only the idle data has ${kept.join(", ")}; the rows in there are kept and go live.`,
        "Delete what testers wrote into them.",
      ),
    );
  }
  const keyless = match.pairs.filter((pair) => sharedKey(pair) === null).map(({ from }) => shown(from));
  if (keyless.length > 0) {
    findings.push(
      warn(
        "no-key",
        `${keyless.join(", ")} have no key that both sides share, so what a rollback loses there is only a lower bound.`,
        "Give them a primary key.",
      ),
    );
  }
  return [...findings, ...kindFindings(sourceTables), ...(await objectFindings(source))];
}

function kindFindings(tables: Table[]): Finding[] {
  const findings: Finding[] = [];
  const foreign = tables.filter((table) => table.kind === "f").map(shown);
  if (foreign.length > 0) {
    findings.push(
      warn(
        "foreign-tables",
        `${foreign.join(", ")} are foreign tables: their rows are neither copied nor held by the fence.`,
        "Make sure that nothing writes to them during the swap.",
      ),
    );
  }
  const unlogged = tables.filter((table) => isDataTable(table) && table.unlogged).map(shown);
  if (unlogged.length > 0) {
    findings.push(
      warn(
        "unlogged-tables",
        `${unlogged.join(", ")} are unlogged: a crash of the data's server empties them.`,
        "ALTER TABLE … SET LOGGED if their rows matter.",
      ),
    );
  }
  return findings;
}

async function objectFindings(source: pg.Client): Promise<Finding[]> {
  const findings: Finding[] = [];
  const { rows } = await source.query(
    `SELECT (SELECT count(*)::int FROM pg_largeobject_metadata) AS large,
            (SELECT array_agg(p.oid::regprocedure::text) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
              WHERE p.prosecdef AND p.provolatile = 'v' AND ${APP_SCHEMA} AND NOT EXISTS (
                SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass
                   AND d.deptype = 'e')) AS definers`,
  );
  const { large, definers } = rows[0];
  if (large > 0) {
    findings.push(
      warn(
        "large-objects",
        `The live data has ${large} large objects, which are not copied.`,
        "Keep such contents in bytea columns or in files.",
      ),
    );
  }
  if (definers) {
    findings.push(
      warn(
        "definer-functions",
        `${definers.join(", ")} run with their owner's rights, so the app may not call them while its slot is fenced.`,
        "Declare those that only read STABLE; they can be called then.",
      ),
    );
  }
  return findings;
}

async function withRows(client: pg.Client, tables: Table[]): Promise<string[]> {
  const found: string[] = [];
  for (const table of tables) {
    const { rowCount } = await client.query(`SELECT FROM ${rowsOf(table)} LIMIT 1`);
    if (rowCount) found.push(shown(table));
  }
  return found;
}
