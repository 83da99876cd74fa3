/** Every type, and every way in which one row can go wrong. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";

const never = new AbortController().signal;
const atOnce = { caughtUp: async () => {}, onProgress() {}, signal: never };

const TYPES = `
  CREATE EXTENSION citext;
  CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
  CREATE DOMAIN cents AS numeric(12, 2) CHECK (VALUE >= 0);
  CREATE TYPE place AS (street text, at numeric, tags text[]);`;
const COLUMNS = [
  "id int PRIMARY KEY",
  "big bigint",
  "yes boolean",
  "r4 real",
  "r8 double precision",
  "num numeric",
  "s text",
  "empty text",
  "fixed char(8)",
  "bin bytea",
  "js json",
  "jb jsonb",
  "ints int[]",
  "words text[]",
  "tz timestamptz",
  "ts timestamp(3)",
  "span interval",
  "u uuid",
  "ci citext",
  "m mood",
  "c cents",
  "p place",
  "long text",
  "twice int GENERATED ALWAYS AS (id * 2) STORED",
];
const table = (columns: string[]) => `${TYPES} CREATE TABLE t (${columns.join(", ")})`;
const ROWS = 1_200;
const PLAIN = COLUMNS.map((column) => column.split(" ")[0]!).filter((name) => name !== "twice");
const FILL = `
  INSERT INTO t (${PLAIN.join(", ")})
  SELECT 2 * g, g, g % 2 = 0, g / 3.0, g / 7.0, g * 1.10, 'Text ' || g, CASE WHEN g % 2 = 0 THEN '' END, 'ab',
         decode(md5(g::text), 'hex'), '{"a": 1.0,  "a": 2}', '{"a": 1.0}', ARRAY[g, NULL], ARRAY['x,', '', NULL],
         '2024-01-01'::timestamptz + g * interval '1.000001 s', '2024-01-01', '1 day', md5(g::text)::uuid, 'Ann' || g,
         'ok', g, ROW('Main, "st"', 1.0, ARRAY['a'])::place,
         CASE WHEN g % 20 = 0 THEN (SELECT string_agg(md5((g * i)::text), '') FROM generate_series(1, 300) i) END
    FROM generate_series(1, ${ROWS}) g`;

/** What can happen to one row, `$1` its id: every column, and the row itself. */
const CORRUPTIONS = [
  "big = big << 32",
  "yes = NOT yes",
  "r4 = r4 * 1.0000002",
  "r8 = r8 * (1 + 3e-16::float8)",
  "r8 = '-0'",
  "num = (num::text || '0')::numeric",
  "s = s || ' '",
  "s = upper(s)",
  "s = NULL",
  "empty = CASE WHEN empty IS NULL THEN '' END",
  "fixed = 'aB'",
  "bin = set_bit(bin, 77, 1 - get_bit(bin, 77))",
  "js = (js::text || ' ')::json",
  `jb = '{"a": 1.00}'`,
  "ints = ints || NULL::int",
  "words[2] = NULL",
  "tz = tz + interval '1 microsecond'",
  "ts = ts + interval '1 millisecond'",
  "span = '24 hours'",
  "u = overlay(u::text placing '0000' from 10)::uuid",
  "ci = upper(ci::text)",
  "m = 'glad'",
  "c = c + 0.01",
  `p = ROW('Main, "st"', 1.00, ARRAY['a'])::place`,
  "p.tags = '{}'",
  "long = overlay(long placing '!' from 5000)",
  "id = id + 1",
];

describe.each(SERVERS)("verification of single rows on $title", ({ binDir, missing }) => {
  let lab: SlotLab;
  beforeAll(async () => {
    if (!missing) lab = await startSlotLab({ binDir, exclude: ["kept"] });
  });
  afterAll(() => lab?.stop());

  it.skipIf(missing)(
    "finds every way in which one row can differ, with its key, and nothing where none does",
    async () => {
      const turned = [COLUMNS[7]!, ...COLUMNS.filter((_, at) => at !== 7).reverse()];
      const slots = await lab.pair(table(COLUMNS), table(turned));
      await lab.sql(slots.blue, FILL);
      await lab.driver.copy(slots.blue, slots.green, { token: 1, onProgress() {}, signal: never });
      const verify = () => lab.driver.verify!(slots.blue, slots.green, atOnce);
      const equal = await verify();
      expect(equal).toMatchObject({ mismatches: [], tables: [{ table: "public.t", rows: ROWS, ranges: 1 }] });
      await lab.sql(slots.green, "CREATE TABLE kept AS TABLE t");
      const green = await lab.asAdmin(slots.green);
      const change = async (what: string, id: number) => {
        if (what === "delete") return await green.query("DELETE FROM t WHERE id = $1", [id]);
        if (what === "add") return await green.query("INSERT INTO t (id) VALUES ($1)", [id + 1]);
        return await green.query(`UPDATE t SET ${what} WHERE id = $1`, [id]);
      };
      const whats = [
        ...CORRUPTIONS,
        ...CORRUPTIONS,
        "r8 = 'NaN'",
        "s = ''",
        ...Array(5).fill(["delete", "add"]).flat(),
      ];
      expect(whats.length).toBeGreaterThanOrEqual(60);
      let random = 11;
      const shuffled = whats
        .map((what) => {
          random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
          return { what, random };
        })
        .sort((a, b) => a.random - b.random);
      // Five at once, so that the sample names each of them. Long texts are in every twentieth row.
      for (let first = 0; first < shuffled.length; first += 5) {
        const found: Record<string, string[]> = { missing: [], extra: [], changed: [] };
        const seeded = shuffled
          .slice(first, first + 5)
          .map((one, at) => ({ ...one, id: 40 + 40 * (one.random % 10) + 440 * at }));
        for (const { what, id } of seeded) {
          expect((await change(what, id)).rowCount, what).toBe(1);
          if (/^(delete|id )/.test(what)) found.missing!.push(`${id}`);
          if (/^(add|id )/.test(what)) found.extra!.push(`${id + 1}`);
          if (!/^(add|delete|id )/.test(what)) found.changed!.push(`${id}`);
        }
        const expected = Object.entries(found).filter(([, keys]) => keys.length > 0);
        const said = `${seeded.map(({ what }) => what)}`;
        expect((await verify()).mismatches, said).toEqual(
          expected.map(([kind, keys]) => ({
            table: "public.t",
            kind,
            keyFrom: keys[0],
            keyTo: keys.at(-1),
            rows: keys.length,
            sample: keys,
          })),
        );
        for (const { id } of seeded) {
          await green.query("DELETE FROM t WHERE id IN ($1, $1 + 1)", [id]);
          await green.query(`INSERT INTO t (${PLAIN}) SELECT ${PLAIN} FROM kept WHERE id = $1`, [id]);
        }
      }
      const again = await verify();
      expect(again).toMatchObject({ mismatches: [], tables: equal.tables });
    },
  );
});
