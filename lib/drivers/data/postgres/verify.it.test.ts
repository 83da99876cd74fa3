import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import type { VerifyProgress } from "#lib/engine/ports.ts";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";

const never = new AbortController().signal;
const atOnce = { caughtUp: async () => {}, onProgress() {}, signal: never };

describe.each(SERVERS)("verification on $title", ({ binDir, missing }) => {
  let lab: SlotLab;
  beforeAll(async () => {
    if (!missing) lab = await startSlotLab({ binDir, exclude: ["kept"] });
  });
  afterAll(() => lab?.stop());
  const check = it.skipIf(missing);

  const copied = async (schema: string, rows: string, greenSchema = schema) => {
    const { blue, green } = await lab.pair(schema, greenSchema);
    await lab.sql(blue, rows);
    await lab.driver.copy(blue, green, { token: 1, onProgress() {}, signal: never });
    return { blue, green };
  };
  const verify = ({ blue, green }: { blue: SlotRef; green: SlotRef }) =>
    lab.driver.verify!(blue, green, atOnce);

  check("covers odd names, empty, partitioned and inherited tables, and composite keys", async () => {
    const schema = `
      CREATE SCHEMA "my ""schema"""; CREATE TABLE "my ""schema"""."weird ""table""" ("the ""key""" text, "Б" int, "v v" text, PRIMARY KEY ("Б", "the ""key"""));
      CREATE TABLE nothing (id int PRIMARY KEY); CREATE TABLE none ();
      CREATE TABLE parts (id int, at date, v text, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
      CREATE TABLE parts_23 PARTITION OF parts FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
      CREATE TABLE parts_rest PARTITION OF parts DEFAULT;
      CREATE TABLE mother (id int PRIMARY KEY); CREATE TABLE child (more text, PRIMARY KEY (id)) INHERITS (mother)`;
    const slots = await copied(
      schema,
      `INSERT INTO "my ""schema"""."weird ""table""" SELECT chr(65 + g % 50), g / 7, 'v' FROM generate_series(1, 25000) g;
       INSERT INTO parts SELECT g, '2023-01-01'::date + g, 'v' FROM generate_series(1, 900) g;
       INSERT INTO mother VALUES (1); INSERT INTO child VALUES (1, 'c')`,
    );
    const equal = await verify(slots);
    expect(equal.mismatches).toEqual([]);
    const rows = Object.fromEntries(equal.tables.map((one) => [one.table, [one.rows, one.ranges]]));
    expect(rows).toEqual({
      'my "schema".weird "table"': [25_000, 3],
      "public.child": [1, 1],
      "public.mother": [1, 1],
      "public.none": [0, 1],
      "public.nothing": [0, 1],
      "public.parts": [900, 1],
    });
    await lab.sql(
      slots.green,
      `UPDATE "my ""schema"""."weird ""table""" SET "v v" = 'w' WHERE "Б" = 2000 AND "the ""key""" = (SELECT max("the ""key""") FROM "my ""schema"""."weird ""table""" WHERE "Б" = 2000);
       DELETE FROM parts WHERE id IN (3, 800); UPDATE child SET more = 'd'; INSERT INTO nothing VALUES (7)`,
    );
    const { mismatches } = await verify(slots);
    expect(mismatches).toMatchObject([
      {
        table: 'my "schema".weird "table"',
        kind: "changed",
        rows: 1,
        sample: [expect.stringMatching(/^\(2000,.+\)$/)],
      },
      { table: "public.child", kind: "changed", keyFrom: "1" },
      { table: "public.nothing", kind: "extra", keyFrom: "7" },
      {
        table: "public.parts",
        kind: "missing",
        keyFrom: "(2023-01-04,3)",
        keyTo: "(2025-03-11,800)",
        rows: 2,
      },
    ]);
  });

  check("counts equal rows where there is no key", async () => {
    const slots = await copied(
      "CREATE TABLE log (a int, b text)",
      "INSERT INTO log SELECT g % 100, 'b' FROM generate_series(1, 20000) g; INSERT INTO log VALUES (NULL, ''), (NULL, NULL)",
    );
    expect(await verify(slots)).toMatchObject({ mismatches: [], tables: [{ rows: 20_002, ranges: 1 }] });
    await lab.sql(
      slots.green,
      `DELETE FROM log WHERE ctid IN (SELECT ctid FROM log WHERE a = 5 LIMIT 3); INSERT INTO log VALUES (6, 'b');
       UPDATE log SET b = '' WHERE a IS NULL`,
    );
    const { mismatches, notes } = await verify(slots);
    expect(mismatches).toMatchObject([
      { kind: "missing", rows: 4, sample: expect.arrayContaining(["(5,b)", "(,)"]) },
      { kind: "extra", rows: 2, sample: expect.arrayContaining(["(6,b)", '(,"")']) },
    ]);
    expect(notes).toEqual(["public.log has no key that both sides share; its rows were counted by content"]);
  });

  check("compares what both have where the schemas differ, as the target writes it", async () => {
    const slots = await copied(
      `CREATE TABLE t (id int PRIMARY KEY, a numeric(10, 2), c char(4), at timestamp, j json, gone text, g int);
       CREATE TABLE old (a int); CREATE TABLE kept (a int)`,
      `INSERT INTO t SELECT g, g * 1.5, 'x', '2024-01-01 10:00:00.5', '{"b":1,"a":2}', 'y', 1 FROM generate_series(1, 100) g; INSERT INTO old VALUES (1); INSERT INTO kept VALUES (1)`,
      `CREATE TABLE t (extra text DEFAULT 'd', j jsonb, a numeric(12, 4), at timestamp(0), c char(9), id bigint PRIMARY KEY,
         g bigint GENERATED ALWAYS AS (id * 2) STORED); CREATE TABLE fresh (a int); CREATE TABLE kept (a int)`,
    );
    const equal = await verify(slots);
    expect(equal.mismatches).toEqual([]);
    expect(equal.tables.map((one) => one.table)).toEqual(["public.t"]);
    expect(equal.notes).toEqual([
      "public.old exists only on the source and was not compared",
      "public.fresh exists only on the target and was not compared",
      ...["gone", "g", "extra"].map(
        (name) => `public.t.${name} is missing or computed on one side and was not compared`,
      ),
    ]);
    await lab.sql(slots.green, "UPDATE t SET a = a + 0.0001 WHERE id = 9; UPDATE t SET extra = 'e'");
    expect((await verify(slots)).mismatches).toMatchObject([{ kind: "changed", keyFrom: "9", rows: 1 }]);
  });

  check("finds rows by keys that are ordered differently on each side", async () => {
    const odd = [
      "a",
      "B",
      "ä",
      "Z",
      "é",
      "e\u0301",
      "😀",
      "\uffee",
      "a b",
      "a-b",
      "",
      "ß",
      "ss",
      "i",
      "\t",
      '"',
      "\\",
    ];
    const enums = (labels: string) =>
      `CREATE TYPE size AS ENUM (${labels}); CREATE TABLE e (s size, n int, PRIMARY KEY (s, n));`;
    const texts = (columns: string) =>
      `CREATE COLLATION german (provider = icu, locale = 'de-u-co-phonebk');
       CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
       CREATE TABLE x (k text ${columns} PRIMARY KEY, v int); CREATE TABLE y (k text COLLATE loose PRIMARY KEY, v int);
       CREATE EXTENSION citext; CREATE TABLE z (k citext PRIMARY KEY, v int)`;
    const { blue, green } = await copied(
      enums("'s', 'm', 'l'") + texts("COLLATE german"),
      "INSERT INTO e SELECT (ARRAY['s', 'm', 'l'])[g % 3 + 1]::size, g FROM generate_series(1, 20000) g",
      enums("'l', 's', 'm'") + texts(""),
    );
    const values = odd.map((_, at) => `($${at + 1}::text)`).join(", ");
    for (const slot of [blue, green]) {
      await lab.sql(
        slot,
        `INSERT INTO x SELECT k || n, n FROM (VALUES ${values}) o (k), generate_series(1, 900) n`,
        odd,
      );
      await lab.sql(slot, "INSERT INTO y SELECT 'K' || n, n FROM generate_series(1, 15000) n");
      await lab.sql(slot, "INSERT INTO z SELECT 'K' || n, n FROM generate_series(1, 15000) n");
    }
    const equal = await verify({ blue, green });
    expect(equal.mismatches).toEqual([]);
    expect(equal.tables.map(({ rows, ranges }) => [rows, ranges])).toEqual([
      [20_000, 1],
      [15_300, 1],
      [15_000, 2],
      [15_000, 2],
    ]);
    await lab.sql(
      green,
      `DELETE FROM e WHERE n = 77; UPDATE x SET v = -1 WHERE k = 'ä1';
       UPDATE y SET k = 'k7' WHERE k = 'K7'; UPDATE z SET k = 'k8' WHERE k = 'K8'`,
    );
    expect((await verify({ blue, green })).mismatches).toMatchObject([
      { table: "public.e", kind: "missing", keyFrom: "(l,77)" },
      { table: "public.x", kind: "changed", keyFrom: "ä1" },
      { table: "public.y", kind: "missing", keyFrom: "K7" },
      { table: "public.y", kind: "extra", keyFrom: "k7" },
      { table: "public.z", kind: "missing", keyFrom: "K8" },
      { table: "public.z", kind: "extra", keyFrom: "k8" },
    ]);
  });

  check("stops looking where very much differs, and tells how far it is", async () => {
    const slots = await lab.pair("CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int)");
    const many =
      "INSERT INTO t SELECT generate_series(1, 35000); INSERT INTO u SELECT generate_series(1, 35000)";
    await lab.sql(slots.green, many);
    const extra = await verify(slots);
    expect(extra.mismatches.map(({ table, kind, keyFrom }) => [table, kind, keyFrom])).toMatchObject([
      ["public.t", "extra", "1"],
      ["public.u", "extra", expect.any(String)],
    ]);
    expect(extra.notes).toContain("public.t was not looked through to its end: so much in it differs");
    await lab.sql(slots.blue, many);
    const seen: VerifyProgress[] = [];
    const onProgress = (progress: VerifyProgress) => void seen.push(progress);
    await lab.driver.verify!(slots.blue, slots.green, { ...atOnce, onProgress });
    expect(seen[0]).toMatchObject({
      table: "public.t",
      tablesDone: 0,
      tablesTotal: 2,
      rows: expect.any(Number),
    });
  });

  check("ends when it is aborted, whatever it waits for, and leaves no session", async () => {
    const slots = await copied("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
    await lab.sql(slots.green, "DELETE FROM t");
    const abort = new AbortController();
    const waiting = lab.driver.verify!(slots.blue, slots.green, {
      ...atOnce,
      signal: abort.signal,
      caughtUp: () => {
        setTimeout(() => abort.abort(), 10);
        return new Promise(() => {});
      },
    });
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    const locked = await lab.asAdmin(slots.green);
    await locked.query("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
    const later = new AbortController();
    setTimeout(() => later.abort(), 100);
    const blocked = lab.driver.verify!(slots.blue, slots.green, { ...atOnce, signal: later.signal });
    await expect(blocked).rejects.toMatchObject({ name: "AbortError" });
    const readers = `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE '%hashtextextended%' AND pid <> pg_backend_pid()`;
    expect(await lab.sql(slots.green, readers)).toEqual([]);
    await locked.query("ROLLBACK");
    expect((await verify(slots)).mismatches).toHaveLength(1);
  });
});
