import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPostgresData } from "../postgres.ts";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";
import { slotNames } from "./names.ts";

const KEYED = "CREATE TABLE t (id int PRIMARY KEY)";

describe.each(SERVERS)("preflight on $title", ({ binDir, missing }) => {
  let lab: SlotLab;
  beforeAll(async () => {
    if (!missing) lab = await startSlotLab({ binDir, settings: { max_prepared_transactions: 5 } });
  });
  afterAll(() => lab?.stop());
  const check = it.skipIf(missing);

  const codes = async (live: string, idle: string, more = "") => {
    const { blue, green } = await lab.pair(live, idle);
    if (more) await lab.sql(blue, more);
    return (await lab.driver.preflight(blue, green)).map(({ code, severity }) => `${severity} ${code}`);
  };

  check("finds nothing wrong with a pair that fits", async () => {
    expect(await codes(KEYED, KEYED)).toEqual([]);
  });

  check("tells every reason at once, each with a remedy", async () => {
    const { blue, green } = await lab.pair(
      `${KEYED}; CREATE TABLE nokey (a int); CREATE TABLE gone (a int); CREATE TABLE lost (a int PRIMARY KEY, b int);
       CREATE UNLOGGED TABLE u (id int PRIMARY KEY);
       CREATE FUNCTION act() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM nokey'`,
      `${KEYED}; CREATE TABLE nokey (a int, must int NOT NULL); CREATE TABLE lost (a int PRIMARY KEY);
       CREATE TABLE fresh (a int); CREATE TABLE u (id int PRIMARY KEY)`,
    );
    await lab.sql(blue, "INSERT INTO gone VALUES (1); SELECT lo_create(0)");
    await lab.sql(green, "INSERT INTO fresh VALUES (1)");
    const findings = await lab.driver.preflight(blue, green);
    expect(findings.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      "refuse column-needs-default",
      "warn tables-left-out",
      "warn columns-left-out",
      "warn tables-only-idle",
      "warn no-key",
      "warn unlogged-tables",
      "warn large-objects",
      "warn definer-functions",
    ]);
    for (const finding of findings) {
      expect(finding.what).toMatch(/\.$/);
      expect(finding.remedy.length).toBeGreaterThan(10);
    }
  });

  check("refuses an app whose role could write through any fence", async () => {
    const { blue, green } = await lab.pair(KEYED);
    const names = slotNames(blue);
    const unsafe = ["refuse app-role-unsafe"];
    const found = async () =>
      (await lab.driver.preflight(blue, green)).map(({ code, severity }) => `${severity} ${code}`);
    await lab.sql(blue, `ALTER ROLE "${names.app}" SUPERUSER`);
    expect(await found()).toEqual(unsafe);
    await lab.sql(blue, `ALTER ROLE "${names.app}" NOSUPERUSER; GRANT "${names.owner}" TO "${names.app}"`);
    expect(await found()).toEqual(unsafe);
    await lab.sql(blue, `REVOKE "${names.owner}" FROM "${names.app}"; ALTER TABLE t OWNER TO "${names.app}"`);
    expect(await found()).toEqual(unsafe);
    await lab.sql(
      blue,
      `ALTER TABLE t OWNER TO "${names.owner}"; CREATE ROLE stranger_${green.app.replace("-", "_")} LOGIN; GRANT CONNECT ON DATABASE "${names.database}" TO stranger_${green.app.replace("-", "_")}`,
    );
    expect(await found()).toEqual(["warn other-roles"]);
  });

  check("names prepared transactions, which nobody's connection holds", async () => {
    const { blue, green } = await lab.pair(KEYED);
    const admin = await lab.asAdmin(blue);
    await admin.query("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'forgotten'");
    expect(await lab.driver.preflight(blue, green)).toMatchObject([
      { code: "prepared-transaction", severity: "refuse" },
    ]);
    await admin.query("ROLLBACK PREPARED 'forgotten'");
    expect(await lab.driver.preflight(blue, green)).toEqual([]);
  });

  check("says so when a slot has no database, or the server can't be reached", async () => {
    const { blue, green } = lab.slots();
    await lab.driver.provision(blue);
    expect(await lab.driver.preflight(blue, green)).toMatchObject([
      { code: "slot-not-provisioned", severity: "refuse" },
    ]);
    const away = createPostgresData({
      server: "postgresql://postgres:secret-word@127.0.0.1:1/postgres",
      passwordFor: () => "x",
      exclude: () => [],
      envName: () => "DATABASE_URL",
    });
    const findings = await away.preflight(blue, green);
    expect(findings).toMatchObject([{ code: "data-server-unreachable", severity: "refuse" }]);
    expect(JSON.stringify(findings)).not.toContain("secret-word");
  });
});
