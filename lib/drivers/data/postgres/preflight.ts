/** Everything that would make copying, fencing or switching fail, all at once and each with what to do. */
import type pg from "pg";
import type { Finding } from "#lib/engine/model.ts";
import { Refusal } from "#lib/engine/ports.ts";
import { readTables, type Table } from "./catalog.ts";
import { blockers, describeBlocker, type LockMode } from "./lock-tables.ts";
import type { SlotNames } from "./names.ts";
import { schemaFindings } from "./preflight-schema.ts";
import { diskFindings, serverFindings } from "./preflight-server.ts";
import type { Side } from "./side.ts";

const LONG_MS = 5_000;

export async function preflight(
  from: Side,
  to: Side,
  isLedger: (table: Table) => boolean,
): Promise<Finding[]> {
  try {
    return await from.server.use(from.names.database, (source) =>
      to.server.use(to.names.database, async (target) => {
        const [sourceTables, targetTables] = [await readTables(source), await readTables(target)];
        return [
          ...(await serverFindings(target)),
          ...(await diskFindings(source)),
          ...(await roleFindings(source, from.names)),
          ...(await roleFindings(target, to.names)),
          ...(await openTransactions(source, from.names, "SHARE ROW EXCLUSIVE")),
          ...(await openTransactions(target, to.names, "ACCESS EXCLUSIVE")),
          ...(await schemaFindings(source, target, sourceTables, targetTables, isLedger)),
        ];
      }),
    );
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [{ code: error.code, severity: "refuse", what: error.message, remedy: error.remedy }];
  }
}

/** The fence takes rights away; a role that has them by itself keeps them. */
async function roleFindings(client: pg.Client, names: SlotNames): Promise<Finding[]> {
  const findings: Finding[] = [];
  const { rows } = await client.query(
    `SELECT r.rolsuper OR r.rolcreaterole AS mighty, pg_has_role(r.oid, o.oid, 'MEMBER') AS member,
            EXISTS (SELECT FROM pg_class WHERE relowner = r.oid AND relpersistence <> 't') AS owns
       FROM pg_roles r, pg_roles o WHERE r.rolname = $1 AND o.rolname = $2`,
    [names.app, names.owner],
  );
  const role = rows[0];
  // A role that owns its tables, and is known to, can't sign in behind its fence.
  if (role && names.adopted?.fence === "login") Object.assign(role, { member: false, owns: false });
  if (!role || role.mighty || role.member || role.owns) {
    findings.push({
      code: "app-role-unsafe",
      severity: "refuse",
      what: `The app's role ${names.app} ${!role ? "is missing" : role.mighty ? "is an administrator" : role.owns ? "owns tables" : `is a member of ${names.owner}`}, so its writes can't be stopped.`,
      remedy:
        "Deploy again, which makes the roles right; give the tables to the owner role if the app has its own.",
    });
  }
  const strangers = await client.query(
    `SELECT rolname FROM pg_roles
      WHERE rolcanlogin AND NOT rolsuper AND rolname <> ALL ($1) AND rolname <> current_user
        AND has_database_privilege(oid, current_database(), 'CONNECT') ORDER BY 1 LIMIT 5`,
    [[names.owner, names.app, names.release, names.feed]],
  );
  if (strangers.rows.length > 0) {
    findings.push({
      code: "other-roles",
      severity: "warn",
      what: `${strangers.rows.map((row) => row.rolname).join(", ")} can connect to ${names.database} too; the lasting fence does not concern them.`,
      remedy: `Revoke CONNECT on ${names.database} from them unless they only read.`,
    });
  }
  return findings;
}

async function openTransactions(client: pg.Client, names: SlotNames, mode: LockMode): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const blocker of await blockers(client, mode)) {
    if (blocker.pid === null) {
      findings.push({
        code: "prepared-transaction",
        severity: "refuse",
        what: `In ${names.database} ${describeBlocker(blocker)}; it would block for ever.`,
        remedy: "Commit or roll back what pg_prepared_xacts lists.",
      });
    } else if ((blocker.ageMs ?? 0) > LONG_MS) {
      findings.push({
        code: "long-transaction",
        severity: "warn",
        what: `In ${names.database} ${describeBlocker(blocker)}.`,
        remedy: `If it is still open in the window, that is given up. Let it end, or end it: SELECT pg_terminate_backend(${blocker.pid}).`,
      });
    }
  }
  return findings;
}
