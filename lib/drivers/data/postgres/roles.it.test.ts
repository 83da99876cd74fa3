import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";
import { slotNames } from "./names.ts";

const never = new AbortController().signal;
const ORDERS = "CREATE TABLE orders (id serial PRIMARY KEY, ref text)";

describe.each(SERVERS)("roles of a slot on $title", ({ binDir, missing }) => {
  let lab: SlotLab;
  beforeAll(async () => {
    if (!missing) lab = await startSlotLab({ binDir });
  });
  afterAll(() => lab?.stop());
  const check = it.skipIf(missing);

  check("lets the app read and write rows and use sequences of what the release made", async () => {
    const { blue } = await lab.pair(ORDERS);
    const app = await lab.asApp(blue);
    await app.query("INSERT INTO orders (ref) VALUES ('a')");
    await app.query("UPDATE orders SET ref = 'b'");
    expect((await app.query("SELECT ref, currval('orders_id_seq')::int AS at FROM orders")).rows).toEqual([
      { ref: "b", at: 1 },
    ]);
    await app.query("DELETE FROM orders");
    await app.query("CREATE TEMPORARY TABLE mine (a int)");
  });

  check("gives what a release makes to the owner, in other schemas and after RESET ROLE too", async () => {
    const { blue } = await lab.pair(ORDERS);
    await lab.release(
      blue,
      `CREATE SCHEMA "Odd schema"; CREATE TABLE "Odd schema".things (a int);
       CREATE VIEW "Odd schema".seen AS SELECT * FROM "Odd schema".things;
       RESET ROLE; CREATE SCHEMA stray; CREATE TABLE stray.things (a serial)`,
    );
    const owners = await lab.sql(
      blue,
      "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('Odd schema', 'stray', 'public')",
    );
    expect(owners).toEqual([{ tableowner: slotNames(blue).owner }]);
    const app = await lab.asApp(blue);
    await app.query(`INSERT INTO "Odd schema".things VALUES (1); INSERT INTO stray.things DEFAULT VALUES`);
    await app.query(`UPDATE "Odd schema".seen SET a = 2`);
  });

  check("keeps the app from creating, owning, granting and becoming somebody else", async () => {
    const { blue } = await lab.pair(ORDERS);
    const app = await lab.asApp(blue);
    const { owner, app: role, release } = slotNames(blue);
    for (const act of [
      "CREATE TABLE mine (a int)",
      "CREATE SCHEMA mine",
      "ALTER TABLE orders ADD COLUMN x int",
      "DROP TABLE orders",
      `SET ROLE "${owner}"`,
      `GRANT "${owner}" TO "${role}"`,
      `ALTER ROLE "${role}" SUPERUSER`,
      `ALTER ROLE "${release}" LOGIN`,
      "SELECT * FROM signalbox.guard",
      "UPDATE signalbox.guard SET fenced = false",
    ]) {
      await expect(app.query(act), act).rejects.toThrow(/permission denied|must /i);
    }
    // PostgreSQL answers a grant that nobody may give with a warning, and gives nothing.
    await app.query(`GRANT INSERT ON orders TO PUBLIC`);
    const stranger = await lab.sql(blue, "SELECT relacl::text AS acl FROM pg_class WHERE relname = 'orders'");
    expect(stranger[0]!.acl).not.toMatch(/[{,]=/);
  });

  check(
    "keeps a fenced slot read-only for the app, whatever it tries and whatever a release adds",
    async () => {
      const { blue } = await lab.pair(ORDERS);
      const app = await lab.asApp(blue);
      await app.query("INSERT INTO orders (ref) VALUES ('a')");
      await (await lab.driver.fence(blue, { token: 1, deadlineMs: 5000, signal: never })).makeDurable();
      await lab.release(
        blue,
        `CREATE TABLE later (id serial PRIMARY KEY); CREATE SCHEMA more; CREATE TABLE more.later (a int);
       GRANT ALL ON orders TO PUBLIC; CREATE VIEW orders_view AS SELECT * FROM orders;
       ALTER DEFAULT PRIVILEGES IN SCHEMA more GRANT INSERT ON TABLES TO PUBLIC; CREATE TABLE more.last (a int)`,
      );
      expect(await lab.driver.fenced(blue)).toBe(true);
      await app.query(`GRANT INSERT ON orders TO "${slotNames(blue).app}"`);
      for (const write of [
        "INSERT INTO orders (ref) VALUES ('b')",
        "UPDATE orders SET ref = 'b'",
        "DELETE FROM orders",
        "TRUNCATE orders",
        "INSERT INTO later DEFAULT VALUES",
        "INSERT INTO more.later VALUES (1)",
        "INSERT INTO more.last VALUES (1)",
        "UPDATE orders_view SET ref = 'b'",
        "SELECT nextval('orders_id_seq')",
        "COPY orders FROM STDIN",
        "MERGE INTO orders o USING (VALUES (1)) v (id) ON o.id = v.id WHEN MATCHED THEN DELETE",
      ]) {
        await expect(app.query(write), write).rejects.toThrow(/permission denied/);
      }
      expect((await app.query("SELECT count(*)::int AS n FROM orders, later, more.later")).rows).toEqual([
        { n: 0 },
      ]);
      await lab.driver.unfence(blue, { token: 1 });
      for (const write of ["INSERT INTO orders (ref) VALUES ('c')", "INSERT INTO later DEFAULT VALUES"]) {
        await app.query(write);
      }
      await lab.release(blue, "CREATE TABLE after_all (a int)");
      await app.query("INSERT INTO after_all VALUES (1)");
    },
  );

  check(
    "keeps functions that run as their owner from writing in a fenced slot, and gives them back",
    async () => {
      const { blue } = await lab.pair(
        `${ORDERS}; CREATE FUNCTION "Add"(ref text) RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO public.orders (ref) VALUES ($1)';
       CREATE FUNCTION seen() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT count(*) FROM public.orders';
       CREATE FUNCTION secret() RETURNS void LANGUAGE sql SECURITY DEFINER AS ''; REVOKE EXECUTE ON FUNCTION secret FROM PUBLIC`,
      );
      const app = await lab.asApp(blue);
      await app.query(`SELECT "Add"('a')`);
      await (await lab.driver.fence(blue, { token: 1, deadlineMs: 5000, signal: never })).makeDurable();
      await (await lab.driver.fence(blue, { token: 2, deadlineMs: 5000, signal: never })).makeDurable();
      await expect(app.query(`SELECT "Add"('b')`)).rejects.toThrow(/permission denied/);
      expect((await app.query("SELECT seen()::int AS n")).rows).toEqual([{ n: 1 }]);
      await lab.driver.unfence(blue, { token: 2 });
      await app.query(`SELECT "Add"('c')`);
      await expect(app.query("SELECT secret()")).rejects.toThrow(/permission denied/);
    },
  );

  check("keeps every slot's roles out of every other slot", async () => {
    const { blue, green } = await lab.pair(ORDERS);
    const env = await lab.driver.env(blue, "app");
    const other = new URL(env.DATABASE_URL!);
    other.pathname = `/${slotNames(green).database}`;
    await expect(connectOnce(other.href)).rejects.toThrow(/permission denied for database/);
  });

  check("lets the release role in only between env and afterRelease, and ends who stayed", async () => {
    const { blue } = await lab.pair(ORDERS);
    const { DATABASE_URL } = await lab.driver.env(blue, "owner");
    const left = new pg.Client({ connectionString: DATABASE_URL });
    left.on("error", () => {});
    await left.connect();
    const { rows } = await left.query("SELECT current_user AS who");
    expect(rows[0].who).toBe(slotNames(blue).owner);
    await lab.driver.afterRelease(blue);
    await expect(left.query("SELECT 1")).rejects.toThrow();
    await expect(connectOnce(DATABASE_URL!)).rejects.toThrow(/not permitted to log in/);
    // A crash between the two is mended by the next provision or fence.
    await lab.driver.env(blue, "owner");
    await lab.driver.provision(blue);
    await expect(connectOnce(DATABASE_URL!)).rejects.toThrow(/not permitted to log in/);
    await lab.driver.env(blue, "owner");
    await (await lab.driver.fence(blue, { token: 1, deadlineMs: 5000, signal: never })).release();
    await expect(connectOnce(DATABASE_URL!)).rejects.toThrow(/not permitted to log in/);
  });

  check("mends what a crash in the middle of provisioning left", async () => {
    const { blue } = lab.slots();
    const names = slotNames(blue);
    const admin = await lab.asAdmin();
    await admin.query(`CREATE ROLE "${names.app}" SUPERUSER LOGIN; CREATE ROLE "${names.owner}" LOGIN`);
    await admin.query(`CREATE DATABASE "${names.database}"`);
    await lab.driver.provision(blue);
    await lab.release(blue, ORDERS);
    await (await lab.asApp(blue)).query("INSERT INTO orders (ref) VALUES ('a')");
    const { rows } = await admin.query(
      "SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) AND (rolsuper OR rolcreaterole)",
      [[names.app, names.owner, names.release]],
    );
    expect(rows).toEqual([]);
  });

  check("lets a release install a trusted extension and use it", async () => {
    const { blue } = await lab.pair(ORDERS);
    const known = await lab.sql(blue, "SELECT name FROM pg_available_extensions WHERE name = 'citext'");
    if (known.length === 0) return;
    await lab.release(blue, "CREATE EXTENSION citext; CREATE TABLE people (name citext PRIMARY KEY)");
    await (await lab.asApp(blue)).query("INSERT INTO people VALUES ('Ann')");
  });
});

async function connectOnce(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => {});
  }
}
