import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";

const never = new AbortController().signal;

describe.each(SERVERS)("the copy on $title", ({ binDir, missing }) => {
  let lab: SlotLab;
  beforeAll(async () => {
    if (!missing) lab = await startSlotLab({ binDir, exclude: ["own_ledger", "other.ledger"] });
  });
  afterAll(() => lab?.stop());
  const check = it.skipIf(missing);
  const copy = (from: SlotRef, to: SlotRef, token = 1) =>
    lab.driver.copy(from, to, { token, onProgress() {}, signal: never });

  check("carries values of every kind exactly", async () => {
    const schema = `
      CREATE TYPE mood AS ENUM ('ok', 'no "way"');
      CREATE DOMAIN short AS text CHECK (length(VALUE) < 20);
      CREATE TYPE pair AS (a int, b text);
      CREATE TABLE kinds (
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n numeric, f float8, r real, m money, b bytea, t text,
        c char(5), ts timestamptz, tl timestamp(3), d date, i interval, j json, jb jsonb, u uuid, bo boolean,
        ia int[], ta text[][], e mood, s short, p pair, net inet, rng tstzrange, bits bit varying, x xml, v tsvector,
        double numeric GENERATED ALWAYS AS (n * 2) STORED)`;
    const { blue, green } = await lab.pair(schema.replace("x xml,", "").replace("m money", "m int"));
    await lab.sql(
      blue,
      `INSERT INTO kinds (n, f, r, m, b, t, c, ts, tl, d, i, j, jb, u, bo, ia, ta, e, s, p, net, rng, bits, v) VALUES
       (123456789.123456789012345678, 0.1::float8 + 0.2, 1e-30, 7, '\\x00ff0a09', E'tab\\t newline\\n back\\\\slash \\\\N é 😀',
        'ab', '2026-03-29 02:30:00.123456+00', '2026-11-01 01:30:00.999', '4713-01-01 BC', '1 mon -3 days 04:05:06.7',
        '{"a":  1, "a": 2}', '{"b": 1.00, "a": null}', '00000000-0000-0000-0000-000000000001', true,
        '{1,NULL,3}', '{{"a,b","c\\"d"},{"",NULL}}', 'no "way"', 'shorty', ROW(1, 'x,"y"'), '10.0.0.1/8',
        '[2026-01-01, infinity)', '101', 'fat:1 cat:2'),
       ('NaN', 'Infinity', '-Infinity', NULL, '', '', '', 'infinity', '-infinity', NULL, NULL, 'null', 'null', NULL, false,
        '{}', '{}', 'ok', '', NULL, '::1', 'empty', '', '')`,
    );
    await lab.sql(blue, "INSERT INTO kinds (n) VALUES (NULL)");
    await copy(blue, green);
    const read = (slot: SlotRef) => lab.sql(slot, "SELECT k::text AS row FROM kinds k ORDER BY id");
    expect(await read(green)).toEqual(await read(blue));
    await lab.driver.unfence(green, { token: 1 });
    const app = await lab.asApp(green);
    const { rows } = await app.query("INSERT INTO kinds (n) VALUES (1) RETURNING id");
    expect(rows).toEqual([{ id: 4 }]);
  });

  check("takes names as they are", async () => {
    const { blue, green } = await lab.pair(`
      CREATE SCHEMA "Größe; DROP";
      CREATE TABLE "Größe; DROP"."a ""quoted"" 'table' %s $1" ("select" int PRIMARY KEY, "UPPER lower" text, "ü" text, "a""b" text);
      CREATE TABLE "order" ("user" serial PRIMARY KEY, "\\back" text)`);
    await lab.sql(
      blue,
      `INSERT INTO "Größe; DROP"."a ""quoted"" 'table' %s $1" VALUES (1, 'a', 'b', 'c');
       INSERT INTO "order" ("\\back") VALUES ('x')`,
    );
    const report = await copy(blue, green);
    expect(report.rows).toBe(2);
    expect(await lab.driver.count(blue, green)).toEqual(
      [
        { table: "public.order", from: 1, to: 1 },
        { table: `Größe; DROP.a "quoted" 'table' %s $1`, from: 1, to: 1 },
      ].sort((a, b) => (a.table < b.table ? -1 : 1)),
    );
    expect(await lab.driver.difference(blue, green, { signal: never })).toMatchObject({
      exact: true,
      tables: [],
    });
  });

  check("matches tables and columns by name and says what it left out", async () => {
    const { blue, green } = await lab.pair(
      `CREATE TABLE orders (gone text, ref text PRIMARY KEY, n int); CREATE TABLE old (a int); CREATE TABLE _prisma_migrations (id text);
       CREATE TABLE own_ledger (id text); CREATE SCHEMA other; CREATE TABLE other.ledger (id text)`,
      `CREATE TABLE orders (n bigint, extra text NOT NULL DEFAULT 'x', ref varchar(20) PRIMARY KEY, twice bigint GENERATED ALWAYS AS (n * 2) STORED);
       CREATE TABLE fresh (a int); CREATE TABLE _prisma_migrations (id text);
       CREATE TABLE own_ledger (id text); CREATE SCHEMA other; CREATE TABLE other.ledger (id text)`,
    );
    await lab.sql(blue, "INSERT INTO orders VALUES ('bye', 'a', 4); INSERT INTO old VALUES (1)");
    for (const ledger of ["_prisma_migrations", "own_ledger", "other.ledger"]) {
      await lab.sql(blue, `INSERT INTO ${ledger} VALUES ('live')`);
      await lab.sql(green, `INSERT INTO ${ledger} VALUES ('idle')`);
    }
    await lab.sql(green, "INSERT INTO fresh VALUES (5)");
    const report = await copy(blue, green);
    expect(await lab.sql(green, "SELECT * FROM orders")).toEqual([
      { n: "4", extra: "x", ref: "a", twice: "8" },
    ]);
    for (const ledger of ["_prisma_migrations", "own_ledger", "other.ledger"]) {
      expect(await lab.sql(green, `SELECT id FROM ${ledger}`)).toEqual([{ id: "idle" }]);
    }
    expect(await lab.sql(green, "SELECT * FROM fresh")).toEqual([{ a: 5 }]);
    const notes = report.notes.join("\n");
    for (const part of [
      "orders.gone is missing",
      "public.old is missing",
      "fresh exists only",
      "orders.extra exists only",
      "own_ledger is a migration ledger",
    ]) {
      expect(notes).toContain(part);
    }
    expect(report.tables.map(({ table, rows }) => [table, rows])).toEqual([["public.orders", 1]]);
    expect((await lab.driver.count(blue, green)).map(({ table }) => table)).toEqual(["public.orders"]);
  });

  check("copies partitions by their whole and inheriting tables one by one", async () => {
    const { blue, green } = await lab.pair(
      `CREATE TABLE parts (id int, at int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
       CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM (0) TO (10);
       CREATE TABLE parts_b PARTITION OF parts FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
       CREATE TABLE parts_b1 PARTITION OF parts_b DEFAULT;
       CREATE TABLE parent (x int); CREATE TABLE child (y int) INHERITS (parent)`,
      `CREATE TABLE parts (id int, at int, PRIMARY KEY (id, at)) PARTITION BY HASH (id);
       CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
       CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
       CREATE TABLE parent (x int); CREATE TABLE child (y int) INHERITS (parent)`,
    );
    await lab.sql(
      blue,
      "INSERT INTO parts SELECT g, g FROM generate_series(0, 19) g; INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 3)",
    );
    const report = await copy(blue, green);
    expect(report.tables.map(({ table, rows }) => [table, rows])).toEqual([
      ["public.child", 1],
      ["public.parent", 1],
      ["public.parts", 20],
    ]);
    expect(await lab.sql(green, "SELECT count(*)::int AS n, sum(at)::int AS sum FROM parts")).toEqual([
      { n: 20, sum: 190 },
    ]);
    expect(await lab.sql(green, "SELECT x FROM parent ORDER BY 1")).toEqual([{ x: 1 }, { x: 2 }]);
  });

  check("sets sequences to exactly where they stand, called or not", async () => {
    const schema = `CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE i (id int GENERATED BY DEFAULT AS IDENTITY);
      CREATE SEQUENCE never_called START 42; CREATE SEQUENCE down INCREMENT -5 MAXVALUE 100 START 100;
      CREATE SEQUENCE "Odd seq"; CREATE TABLE plain (id int PRIMARY KEY)`;
    const { blue, green } = await lab.pair(
      schema,
      schema.replace("plain (id int PRIMARY", "plain (id int GENERATED ALWAYS AS IDENTITY PRIMARY"),
    );
    await lab.sql(
      blue,
      `INSERT INTO a SELECT FROM generate_series(1, 7); DELETE FROM a WHERE id > 3; INSERT INTO i DEFAULT VALUES;
       SELECT nextval('down'), nextval('down'), setval('"Odd seq"', 9, false); INSERT INTO plain VALUES (11)`,
    );
    await lab.sql(green, "SELECT nextval('never_called'), nextval('a_id_seq')");
    await copy(blue, green);
    const next =
      "SELECT nextval('a_id_seq')::int a, nextval('i_id_seq')::int i, nextval('never_called')::int n, nextval('down')::int d, nextval('\"Odd seq\"')::int o";
    expect(await lab.sql(green, `${next}, nextval('plain_id_seq')::int p`)).toEqual([
      { a: 8, i: 2, n: 42, d: 90, o: 9, p: 12 },
    ]);
    expect(await lab.sql(blue, next)).toEqual([{ a: 8, i: 2, n: 42, d: 90, o: 9 }]);
  });

  check("loads in any order of foreign keys, in circles too, and fires no trigger", async () => {
    const { blue, green } = await lab.pair(`
      CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
      ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b; CREATE TABLE self (id int PRIMARY KEY, up int REFERENCES self);
      CREATE TABLE log (what text);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES ('fired'); RETURN NEW; END $$;
      CREATE TRIGGER note AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION note()`);
    await lab.sql(
      blue,
      `INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 1); UPDATE a SET b = 1;
       INSERT INTO self VALUES (1, NULL), (2, 1); DELETE FROM log`,
    );
    await copy(blue, green);
    await copy(blue, green);
    expect(
      await lab.sql(
        green,
        "SELECT (SELECT count(*) FROM log)::int AS log, (SELECT count(*) FROM a)::int AS a",
      ),
    ).toEqual([{ log: 0, a: 1 }]);
  });

  check("keeps what only the target has, but nothing that points at nothing", async () => {
    const live = "CREATE TABLE orders (id int PRIMARY KEY)";
    const { blue, green } = await lab.pair(
      live,
      `${live}; CREATE TABLE reviews (id int PRIMARY KEY, order_id int REFERENCES orders); CREATE TABLE votes (review int REFERENCES reviews)`,
    );
    await lab.sql(blue, "INSERT INTO orders VALUES (1), (2)");
    await lab.sql(
      green,
      "INSERT INTO orders VALUES (2), (3); INSERT INTO reviews VALUES (1, 2), (2, 3), (3, NULL); INSERT INTO votes VALUES (1), (2), (2)",
    );
    const report = await copy(blue, green);
    expect(await lab.sql(green, "SELECT id FROM orders ORDER BY 1")).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await lab.sql(green, "SELECT id FROM reviews ORDER BY 1")).toEqual([{ id: 1 }, { id: 3 }]);
    expect(await lab.sql(green, "SELECT review FROM votes")).toEqual([{ review: 1 }]);
    expect(report.notes.join("\n")).toMatch(/1 rows of public\.reviews were deleted/);
  });

  check("builds materialised views anew and runs defaults and checks as the app's owner", async () => {
    const live = "CREATE TABLE t (a int); CREATE MATERIALIZED VIEW sums AS SELECT sum(a)::int AS s FROM t";
    const { blue, green } = await lab.pair(
      live,
      `${live}; CREATE TABLE lookup (w text); INSERT INTO lookup VALUES ('found');
       CREATE FUNCTION who() RETURNS text LANGUAGE sql AS 'SELECT current_user || w FROM lookup';
       ALTER TABLE t ADD COLUMN by text NOT NULL DEFAULT who()`,
    );
    await lab.sql(blue, "INSERT INTO t VALUES (1), (2)");
    await copy(blue, green);
    expect(await lab.sql(green, "SELECT s, by FROM sums, t LIMIT 1")).toEqual([
      { s: 3, by: `sb_${green.app}_green_ownerfound` },
    ]);
  });

  check("sees one moment of the source while that is written to", async () => {
    const { blue, green } = await lab.pair("CREATE TABLE a (n int); CREATE TABLE b (n int)");
    const app = await lab.asApp(blue);
    let stop = false;
    const writing = (async () => {
      for (let n = 0; !stop; n += 1) {
        await app.query(`WITH first AS (INSERT INTO a VALUES (${n})) INSERT INTO b VALUES (${n})`);
      }
    })();
    for (let token = 1; token <= 5; token += 1) {
      const [a, b] = (await copy(blue, green, token)).tables;
      expect(a!.rows).toBe(b!.rows);
    }
    stop = true;
    await writing;
  });
});
