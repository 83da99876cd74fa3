/** Everything that would keep a feed from being set up or stop it later, all at once and each with what to do. */
import type pg from "pg";
import type { Finding } from "#lib/engine/model.ts";
import { Refusal } from "#lib/engine/ports.ts";
import { isDataTable, readTables, type Table } from "../catalog.ts";
import { type Match, matchTables } from "../match.ts";
import { preflight } from "../preflight.ts";
import { shown } from "../quote.ts";
import type { Side } from "../side.ts";
import { identityProblems } from "./identity.ts";
import { constraintFindings, truncateFindings, wayBackFindings } from "./preflight-schema.ts";
import { serverFindings } from "./preflight-server.ts";

/** What the plain copy already says of these would be said twice, or is not so any more. */
const SAID_HERE = new Set(["no-key", "unlogged-tables"]);

export async function feedPreflight(
  from: Side,
  to: Side,
  isLedger: (table: Table) => boolean,
): Promise<Finding[]> {
  try {
    const copying = (await preflight(from, to, isLedger)).filter(({ code }) => !SAID_HERE.has(code));
    const own = await from.server.use(from.names.database, (source) =>
      to.server.use(to.names.database, async (target) => {
        const [left, right] = [await readTables(source), await readTables(target)];
        const there = matchTables(left, right, isLedger);
        const back = matchTables(right, left, isLedger);
        return [
          ...(await serverFindings(source, target, from.server === to.server, [
            from.names.feed,
            to.names.feed,
          ])),
          ...(await identityFindings(source, target, there)),
          ...(await identityFindings(target, source, back)),
          ...kindFindings(there, left, isLedger),
          ...(await constraintFindings(source, target, there)),
          ...(await truncateFindings(target, there)),
          ...(await wayBackFindings(source, target, back)),
        ];
      }),
    );
    return [...copying, ...own];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [{ code: error.code, severity: "refuse", what: error.message, remedy: error.remedy }];
  }
}

async function identityFindings(from: pg.Client, to: pg.Client, match: Match): Promise<Finding[]> {
  const problems = await identityProblems(from, to, match);
  if (problems.length === 0) return [];
  return [
    {
      code: "no-identity",
      severity: "refuse",
      what: `${problems.map(({ what }) => what).join("; ")}.`,
      remedy: `Give them a primary key, or run in ${from.database}: ${problems.map(({ sql }) => sql).join(" ")} Or sync in snapshot mode.`,
    },
  ];
}

function kindFindings(match: Match, source: Table[], isLedger: (table: Table) => boolean): Finding[] {
  const findings: Finding[] = [];
  const unlogged = source
    .filter((table) => isDataTable(table) && table.unlogged && !isLedger(table))
    .map(shown);
  if (unlogged.length > 0) {
    findings.push({
      code: "unlogged-tables",
      severity: "refuse",
      what: `${unlogged.join(", ")} are unlogged, and a feed reads the log.`,
      remedy:
        "ALTER TABLE … SET LOGGED, or name them under exclude in the manifest if their rows don't matter.",
    });
  }
  const computed = match.pairs.flatMap(({ from, columns }) =>
    from.columns
      .filter(({ name, generated }) => generated && columns.includes(name))
      .map(({ name }) => `${shown(from)}.${name}`),
  );
  if (computed.length > 0) {
    findings.push({
      code: "generated-columns",
      severity: "refuse",
      what: `${computed.join(", ")} are computed in the live data and plain columns in the idle data: their values are not carried.`,
      remedy:
        "Let them be computed on both sides, or fill them by a trigger that is ENABLE ALWAYS. Or sync in snapshot mode.",
    });
  }
  return findings;
}
