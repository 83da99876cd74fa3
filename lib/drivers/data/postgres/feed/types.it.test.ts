/** Every kind of value and table goes through a feed and back unchanged. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import { type SlotLab, startSlotLab } from "../../testing.ts";
import { how, SERVER_PLACES, soon, switchOver } from "./testing.ts";

const LONG = "n".repeat(63);
const VALUES = `
  CREATE EXTENSION IF NOT EXISTS citext; CREATE EXTENSION IF NOT EXISTS hstore; CREATE EXTENSION IF NOT EXISTS ltree;
  CREATE TYPE mood AS ENUM ('sad', 'ha''ppy');
  CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE TYPE point3 AS (x int, y text, z numeric);
  CREATE TABLE kinds (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    many int[], grid text[][], doc json, docb jsonb, raw bytea, exact numeric(30, 10), free numeric, real4 real, real8 float8,
    at timestamptz, plain timestamp, day date, clock timetz, span interval, ci citext, tags hstore, path ltree,
    mood mood, moods mood[], pos positive, place point3, places point3[], range int4range, multi tstzmultirange, key uuid, bits varbit,
    net inet, mac macaddr, words tsvector, look tsquery, spot point, fixed char(5), money money, lsn pg_lsn, x xml,
    twice int GENERATED ALWAYS AS (cardinality(many) * 2) STORED);`;
const ROW = `INSERT INTO kinds (many, grid, doc, docb, raw, exact, free, real4, real8, at, plain, day, clock, span, ci, tags, path,
    mood, moods, pos, place, places, range, multi, key, bits, net, mac, words, look, spot, fixed, money, lsn, x) VALUES
  ('{1,NULL,3}', '{{a,"b,c"},{"",NULL}}', '{"a": 1,  "a": 2}', '{"b": [1, null]}', '\\x00ff5c27', 12345678901234567890.0123456789, 'NaN',
   'Infinity', 0.1, '2024-02-29 23:59:59.999999+05:45', '-infinity', '0044-03-15 BC', '12:00:00+14', '1 year -2 days 03:04:05.6',
   'CaSe', '"a b"=>"c\\"d", n=>NULL', 'Top.Sub', 'ha''ppy', '{sad}', 7, '(1,"a ""q"", (x)",2.50)', '{"(1,,)"}', '[1,5)', '{[2024-01-01,2024-02-01)}',
   'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', B'1011', '::1/64', '08:00:2b:01:02:03', 'a:1A b', 'a & !b', '(1.5,-2)', 'ab', 12.34, '1/ABC', '<a>1</a>'),
  (NULL, '{}', 'null', '"\\u00e9"', '', 0, 'Infinity', '-0', 'NaN', 'infinity', NULL, NULL, NULL, '-1 mon', '', '', NULL,
   NULL, NULL, NULL, NULL, NULL, 'empty', '{}', NULL, B'', NULL, NULL, NULL, NULL, NULL, '', -1, NULL, NULL)`;

const SHAPES = `
  CREATE SCHEMA "we""ird";
  CREATE TABLE "we""ird"."ta ble" ("select" int PRIMARY KEY, "from" text, "ünï ""q"" cödé" text);
  CREATE TABLE ${LONG} (id int PRIMARY KEY, ${LONG} text);
  CREATE TABLE keyed (a int NOT NULL, b text NOT NULL, c text); CREATE UNIQUE INDEX keyed_key ON keyed (b, a);
  ALTER TABLE keyed REPLICA IDENTITY USING INDEX keyed_key;
  CREATE TABLE whole (a int, b text); ALTER TABLE whole REPLICA IDENTITY FULL;
  CREATE TABLE base (id int PRIMARY KEY, v text); CREATE TABLE heir (PRIMARY KEY (id), more text) INHERITS (base);
  CREATE TABLE fat (id int PRIMARY KEY, big text, n int); ALTER TABLE fat ALTER big SET STORAGE EXTERNAL;
  CREATE TABLE moved (id int PRIMARY KEY, gone int, v text); ALTER TABLE moved DROP gone; ALTER TABLE moved ADD gone text;
  CREATE TABLE parts (id int, at date, v text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);`;
const BLUE = `${VALUES}${SHAPES}
  CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
  CREATE TABLE parts_b PARTITION OF parts FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
  CREATE TABLE turned (a int PRIMARY KEY, b text, old text);`;
const GREEN = `${VALUES}${SHAPES}
  CREATE TABLE parts_all PARTITION OF parts DEFAULT;
  CREATE TABLE turned (fresh timestamptz NOT NULL DEFAULT now(), b text, extra int DEFAULT 9, a int PRIMARY KEY);`;

const TABLES: Record<string, string> = {
  kinds: "id",
  '"we""ird"."ta ble"': '"select"',
  [LONG]: "id",
  keyed: "a",
  whole: "a, b",
  base: "id",
  heir: "id",
  fat: "id",
  moved: "id",
  parts: "id",
};

const FILL = (n: number) => `${ROW};
  INSERT INTO "we""ird"."ta ble" VALUES (${n}, 'a''b\\c', E'\\t\\n"'); INSERT INTO ${LONG} VALUES (${n}, '😀');
  INSERT INTO keyed VALUES (${n}, 'k', 'c'); INSERT INTO whole VALUES (${n}, NULL), (${n}, 'x'), (${n}, 'x');
  INSERT INTO base VALUES (${n}, 'b'); INSERT INTO heir VALUES (${n}, 'h', 'm');
  INSERT INTO fat VALUES (${n}, repeat('x', 20000), 1); INSERT INTO moved VALUES (${n}, 'v', 'g');
  INSERT INTO parts VALUES (${n}, '2024-03-01', 'p'); INSERT INTO turned (a, b) VALUES (${n}, 't')`;
const CHANGE = (n: number) => `
  UPDATE kinds SET free = 1.50, doc = '{"x":1}', many = '{}' WHERE real8 = 'NaN';
  UPDATE "we""ird"."ta ble" SET "from" = NULL, "select" = "select" + 100 WHERE "select" = ${n};
  UPDATE ${LONG} SET ${LONG} = 'ß' WHERE id = ${n}; UPDATE keyed SET c = 'd', b = 'l' WHERE a = ${n};
  UPDATE whole SET b = 'y' WHERE a = ${n} AND b IS NULL;
  UPDATE base SET v = 'c' WHERE id = ${n}; UPDATE heir SET more = 'n' WHERE id = ${n};
  UPDATE fat SET n = n + 1 WHERE id = ${n}; UPDATE moved SET gone = 'h' WHERE id = ${n};
  UPDATE parts SET at = '2024-09-01' WHERE id = ${n}; UPDATE turned SET b = 'u' WHERE a = ${n}`;

for (const { title, missing, lab: place } of SERVER_PLACES) {
  describe.skipIf(missing)(`what a feed carries on ${title}`, () => {
    let lab: SlotLab;
    beforeAll(async () => {
      lab = await startSlotLab(place);
    });
    afterAll(() => lab.stop());

    /** As text, so that nothing is lost on the way into JavaScript. */
    const contents = async (slot: SlotRef, table: string, order: string) =>
      (await lab.sql(slot, `SELECT (t.*)::text AS row FROM ONLY ${table} t ORDER BY ${order}, 1`)).map(
        ({ row }) => row,
      );

    async function expectSame(one: SlotRef, other: SlotRef) {
      for (const [table, order] of Object.entries(TABLES)) {
        const read = table === "parts" ? "(SELECT * FROM parts)" : table;
        const [left, right] = await Promise.all(
          [one, other].map((slot) =>
            read === table
              ? contents(slot, table, order)
              : lab.sql(slot, `SELECT (t.*)::text AS row FROM ${read} t ORDER BY ${order}`),
          ),
        );
        expect(left, table).not.toHaveLength(0);
        expect(right, table).toEqual(left);
      }
      const shared = "SELECT a, b FROM turned ORDER BY a";
      expect(await lab.sql(other, shared)).toEqual(await lab.sql(one, shared));
    }

    it("every type and shape of table, there and back", async () => {
      const { blue, green } = await lab.pair(BLUE, GREEN);
      const feeds = lab.driver.feeds!;
      const refused = (await feeds.preflight(blue, green)).filter(({ severity }) => severity === "refuse");
      expect(refused).toEqual([]);
      const [inBlue, inGreen] = [await lab.asApp(blue), await lab.asApp(green)];
      await inBlue.query(`${FILL(1)}; ${FILL(2)}`);
      await feeds.open(blue, green, how());
      await inBlue.query(`${FILL(3)}; ${CHANGE(1)}`);
      await inBlue.query(CHANGE(3));
      await inBlue.query(
        "DELETE FROM fat WHERE id = 2; DELETE FROM whole WHERE a = 2 AND b = 'x'; DELETE FROM keyed WHERE a = 2",
      );
      await feeds.settle(blue, green, soon);
      await expectSame(blue, green);
      expect(await lab.sql(green, "SELECT DISTINCT extra FROM turned")).toEqual([{ extra: 9 }]);
      await switchOver(lab, blue, green, 2);
      await inGreen.query(`${FILL(4)}; ${CHANGE(4)}`);
      await inGreen.query(
        "UPDATE turned SET extra = 5; UPDATE fat SET n = 0; DELETE FROM parts WHERE id = 1",
      );
      await feeds.settle(green, blue, soon);
      await expectSame(green, blue);
      await feeds.close([blue, green], { token: 3 });
    });

    it("rows of a partition that live gets during the feed, while the idle side has a place for them", async () => {
      const { blue, green } = await lab.pair(BLUE, GREEN);
      const feeds = lab.driver.feeds!;
      await feeds.open(blue, green, how());
      await lab.release(
        blue,
        "CREATE TABLE parts_c PARTITION OF parts FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
      );
      const app = await lab.asApp(blue);
      await app.query(
        "INSERT INTO parts VALUES (9, '2025-02-02', 'new'); UPDATE parts SET v = 'newer' WHERE id = 9",
      );
      await feeds.settle(blue, green, soon);
      expect(await lab.sql(green, "SELECT v FROM parts")).toEqual([{ v: "newer" }]);
      // Whether it holds more than that can't be known.
      expect(await feeds.beforeTurn(blue, green, {})).toMatchObject([{ code: "schema-changed" }]);
      await feeds.close([blue, green], { token: 1 });
    });
  });
}

describe("what a feed carries on PostgreSQL 18 only", () => {
  let lab: SlotLab;
  beforeAll(async () => {
    lab = await startSlotLab();
  });
  afterAll(() => lab.stop());

  it("virtual columns", async () => {
    const { blue, green } = await lab.pair(
      "CREATE TABLE v (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) VIRTUAL)",
    );
    const feeds = lab.driver.feeds!;
    const app = await lab.asApp(blue);
    await app.query("INSERT INTO v VALUES (1, 2)");
    await feeds.open(blue, green, how());
    await app.query("INSERT INTO v VALUES (2, 3); UPDATE v SET n = 5 WHERE id = 1");
    await feeds.settle(blue, green, soon);
    expect(await lab.sql(green, "SELECT twice FROM v ORDER BY id")).toEqual([{ twice: 10 }, { twice: 6 }]);
    await feeds.close([blue, green], { token: 1 });
  });
});
