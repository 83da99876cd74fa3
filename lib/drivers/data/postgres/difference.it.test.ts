import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import type { DifferentRow } from "#lib/engine/ports.ts";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";

const never = new AbortController().signal;

describe.each(SERVERS)("the difference on $title", ({ binDir, missing }) => {
  let lab: SlotLab;
  beforeAll(async () => {
    if (!missing) lab = await startSlotLab({ binDir });
  });
  afterAll(() => lab?.stop());
  const check = it.skipIf(missing);

  /** Blue and green with the same rows, then green changed. */
  const differ = async (schema: string, rows: string, changes: string, greenSchema = schema) => {
    const { blue, green } = await lab.pair(schema, greenSchema);
    await lab.sql(blue, rows);
    await lab.driver.copy(blue, green, { token: 1, onProgress() {}, signal: never });
    if (changes) await lab.sql(green, changes);
    return { blue, green };
  };
  const compare = async ({ blue, green }: { blue: SlotRef; green: SlotRef }) => {
    const rows: DifferentRow[] = [];
    const summary = await lab.driver.difference(blue, green, {
      onRow: (row) => void rows.push(row),
      signal: never,
    });
    const { ms, ...bare } = await lab.driver.difference(blue, green, { signal: never });
    expect(summary).toMatchObject(bare);
    return { ...bare, rows };
  };

  check("is exact with composite keys, nulls and empty texts", async () => {
    const slots = await differ(
      "CREATE TABLE t (a int, b text, v text, w numeric, PRIMARY KEY (b, a))",
      "INSERT INTO t VALUES (1, 'x', NULL, 1), (1, 'y', '', 1.0), (2, 'x', 'v', NULL), (2, 'y', 'v', 1), (3, '', 'v', 1)",
      `UPDATE t SET v = '' WHERE a = 1 AND b = 'x'; UPDATE t SET w = 1.00 WHERE a = 1 AND b = 'y';
       DELETE FROM t WHERE a = 2 AND b = 'x'; INSERT INTO t VALUES (9, 'x', NULL, NULL); UPDATE t SET v = 'v' WHERE a = 3`,
    );
    const found = await compare(slots);
    expect(found).toMatchObject({ inserted: 1, changed: 2, deleted: 1, exact: true });
    expect(found.rows.find((row) => row.kind === "deleted")).toEqual({
      table: "public.t",
      kind: "deleted",
      key: { a: "2", b: "x" },
      base: { a: "2", b: "x", v: "v", w: null },
      current: null,
    });
    expect(found.rows.find((row) => row.key.b === "y")).toMatchObject({
      base: { w: "1.0" },
      current: { w: "1.00" },
    });
  });

  check("orders text keys the same on both sides, whatever their collation", async () => {
    const odd = [
      "a",
      "B",
      "ä",
      "Z",
      "é",
      "e\u0301",
      "ﬀ",
      "😀",
      "\uffee",
      "a b",
      "a-b",
      "",
      "ß",
      "ss",
      "İ",
      "i",
      "Ａ",
      "\t",
      '"',
      "\\",
    ];
    const values = odd.map((_, index) => `($${index + 1})`).join(", ");
    const { blue, green } = await lab.pair(
      `CREATE COLLATION german (provider = icu, locale = 'de-u-co-phonebk');
       CREATE TABLE t (k text COLLATE german PRIMARY KEY, v int DEFAULT 0)`,
      "CREATE TABLE t (k text PRIMARY KEY, v int DEFAULT 0)",
    );
    for (const slot of [blue, green]) await lab.sql(slot, `INSERT INTO t (k) VALUES ${values}`, odd);
    expect(await compare({ blue, green })).toMatchObject({ inserted: 0, changed: 0, deleted: 0 });
    await lab.sql(green, "UPDATE t SET v = 1");
    expect(await compare({ blue, green })).toMatchObject({ inserted: 0, changed: odd.length, deleted: 0 });
  });

  check("notices a change that the column's own equality would overlook", async () => {
    const slots = await differ(
      `CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
       CREATE TABLE t (id int PRIMARY KEY, name text COLLATE loose, n numeric, j jsonb, i interval, f float8, e numeric[])`,
      `INSERT INTO t SELECT g, 'Bob', 1.0, '{"a": 1.0}', '1 day', 0, '{1.0}' FROM generate_series(1, 7) g`,
      `UPDATE t SET name = 'bob' WHERE id = 1; UPDATE t SET n = 1.00 WHERE id = 2; UPDATE t SET j = '{"a": 1.00}' WHERE id = 3;
       UPDATE t SET i = '24 hours' WHERE id = 4; UPDATE t SET f = '-0' WHERE id = 5; UPDATE t SET e = '{1.00}' WHERE id = 6`,
    );
    expect(await compare(slots)).toMatchObject({ inserted: 0, changed: 6, deleted: 0, exact: true });
  });

  check("notices values that PostgreSQL itself hashes alike", async () => {
    const slots = await differ(
      `CREATE TABLE t (id int PRIMARY KEY, n bigint, at timestamp); CREATE TABLE bag (n bigint);
       CREATE TABLE big (id bigint PRIMARY KEY)`,
      `INSERT INTO t SELECT g, 1, '2000-01-01 00:00:00.000001' FROM generate_series(1, 3) g;
       INSERT INTO bag VALUES (1); INSERT INTO big VALUES (1)`,
      // A bigint's upper half and its lower one are folded into one hash; a timestamp is a bigint of microseconds.
      `UPDATE t SET n = 4294967296 WHERE id = 1;
       UPDATE t SET at = timestamp '2000-01-01' + interval '4294.967296 s' WHERE id = 2;
       UPDATE bag SET n = 4294967296; UPDATE big SET id = 4294967296`,
    );
    expect(await compare(slots)).toMatchObject({ inserted: 2, changed: 2, deleted: 2 });
  });

  check("copies and compares types that came with an extension, keys and foreign keys too", async () => {
    const slots = await differ(
      `CREATE EXTENSION citext; CREATE TABLE people (name citext PRIMARY KEY, v int);
       CREATE TABLE pets (owner citext REFERENCES people)`,
      "INSERT INTO people VALUES ('Ann', 1), ('bob', 2); INSERT INTO pets VALUES ('ANN')",
      "UPDATE people SET v = 3 WHERE name = 'ann'; UPDATE people SET name = 'Bob' WHERE name = 'bob'",
    );
    expect(await compare(slots)).toMatchObject({ inserted: 1, changed: 1, deleted: 1 });
  });

  check("compares what both have when the new release's schema differs", async () => {
    const slots = await differ(
      "CREATE TABLE t (id int PRIMARY KEY, a int, gone text); CREATE TABLE old (a int)",
      "INSERT INTO t VALUES (1, 10, 'x'), (2, 20, 'y'), (3, 30, 'z'); INSERT INTO old VALUES (1)",
      "UPDATE t SET extra = 'only here' WHERE id = 1; UPDATE t SET a = '21' WHERE id = 2; INSERT INTO t VALUES ('40', 4, 'e', DEFAULT)",
      "CREATE TABLE t (a text, id bigint PRIMARY KEY, extra text DEFAULT 'd', twice bigint GENERATED ALWAYS AS (id * 2) STORED)",
    );
    const found = await compare(slots);
    expect(found).toMatchObject({ inserted: 1, changed: 1, deleted: 0, exact: true });
    expect(found.rows.find((row) => row.kind === "changed")).toMatchObject({
      base: { id: "2", a: "20", gone: "y" },
      current: { id: "2", a: "21", extra: "d", twice: "4" },
    });
  });

  check("gives a lower bound for tables without a key", async () => {
    const slots = await differ(
      "CREATE TABLE t (a int, b json)",
      `INSERT INTO t VALUES (1, '{}'), (1, '{}'), (2, NULL), (3, '[]')`,
      `INSERT INTO t VALUES (1, '{}'), (5, NULL), (5, NULL); DELETE FROM t WHERE a = 3; UPDATE t SET a = 9 WHERE a = 2`,
    );
    const found = await compare(slots);
    expect(found).toMatchObject({ inserted: 4, changed: 0, deleted: 2, exact: false });
    expect(found.rows).toHaveLength(6);
    expect(found.rows.filter((row) => row.key.a === "5")).toHaveLength(2);
  });

  check("is not exact where only the new release has a table with rows", async () => {
    const live = "CREATE TABLE t (id int PRIMARY KEY)";
    const slots = await differ(live, "", "", `${live}; CREATE TABLE fresh (a int)`);
    expect(await compare(slots)).toMatchObject({ exact: true, tables: [] });
    await lab.sql(slots.green, "INSERT INTO fresh VALUES (1)");
    expect(await compare(slots)).toMatchObject({ inserted: 0, exact: false });
  });

  check("takes a unique key that can't be null where there is no primary key, and no other", async () => {
    const slots = await differ(
      `CREATE TABLE good (a int NOT NULL UNIQUE, b int); CREATE TABLE partial (a int NOT NULL, b int);
       CREATE UNIQUE INDEX ON partial (a) WHERE b > 0; CREATE TABLE nullable (a int UNIQUE, b int);
       CREATE TABLE expression (a int NOT NULL, b int); CREATE UNIQUE INDEX ON expression ((a + 1));
       CREATE TABLE late (a int NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED, b int)`,
      "INSERT INTO good VALUES (1, 1); INSERT INTO partial VALUES (1, 1); INSERT INTO nullable VALUES (NULL, 1); INSERT INTO expression VALUES (1, 1); INSERT INTO late VALUES (1, 1)",
      "UPDATE good SET b = 2; UPDATE partial SET b = 2; UPDATE nullable SET b = 2; UPDATE expression SET b = 2; UPDATE late SET b = 2",
    );
    const { tables } = await compare(slots);
    expect(tables.map(({ table, changed, exact }) => [table, changed, exact])).toEqual([
      ["public.expression", 0, false],
      ["public.good", 1, true],
      ["public.late", 0, false],
      ["public.nullable", 0, false],
      ["public.partial", 0, false],
    ]);
  });

  check("hands rows out one at a time, no faster than they are taken, until it is aborted", async () => {
    const slots = await differ(
      "CREATE TABLE t (id int PRIMARY KEY, v text)",
      "INSERT INTO t SELECT g, repeat('x', 50) FROM generate_series(1, 20000) g",
      "UPDATE t SET v = 'y'",
    );
    const abort = new AbortController();
    let busy = 0;
    let taken = 0;
    const comparing = lab.driver.difference(slots.blue, slots.green, {
      async onRow() {
        busy += 1;
        expect(busy).toBe(1);
        if (taken % 100 === 0) await sleep(1);
        busy -= 1;
        taken += 1;
        if (taken === 5_000) abort.abort();
      },
      signal: abort.signal,
    });
    await expect(comparing).rejects.toMatchObject({ name: "AbortError" });
    expect(taken).toBeLessThan(20_000);
  });
});
