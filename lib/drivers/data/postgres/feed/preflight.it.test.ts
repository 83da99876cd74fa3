/** What would keep a feed from being set up, or stop it later, is found before and said with what to do. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import { type SlotLab, startSlotLab } from "../../testing.ts";
import { how, SERVER_PLACES, soon } from "./testing.ts";

const T = "CREATE TABLE t (id int PRIMARY KEY, a text, n int);";

/** What live has, what idle has, and what is then said of them. */
const SCHEMAS: [string, string, string, string, RegExp][] = [
  [
    "unlogged",
    "CREATE UNLOGGED TABLE u (id int PRIMARY KEY)",
    "CREATE UNLOGGED TABLE u (id int PRIMARY KEY)",
    "unlogged-tables",
    /public\.u/,
  ],
  [
    "computed there, plain here",
    `${T} ALTER TABLE t ADD g int GENERATED ALWAYS AS (n * 2) STORED`,
    `${T} ALTER TABLE t ADD g int`,
    "generated-columns",
    /public\.t\.g/,
  ],
  [
    "plain there, computed here",
    `${T} ALTER TABLE t ADD g int`,
    `${T} ALTER TABLE t ADD g int GENERATED ALWAYS AS (n * 2) STORED`,
    "way-back-breaks",
    /public\.t\.g is computed/,
  ],
  [
    "no key on live",
    "CREATE TABLE k (id int)",
    "CREATE TABLE k (id int PRIMARY KEY)",
    "no-identity",
    /public\.k has no primary key/,
  ],
  [
    "no key on idle",
    "CREATE TABLE k (id int PRIMARY KEY)",
    "CREATE TABLE k (id int)",
    "no-identity",
    /public\.k has no primary key/,
  ],
  [
    "other keys",
    "CREATE TABLE k (id int PRIMARY KEY, b int NOT NULL)",
    "CREATE TABLE k (id int, b int PRIMARY KEY)",
    "no-identity",
    /public\.k tells its rows apart by id, and the other side by b/,
  ],
  [
    "no equality",
    "CREATE TABLE k (a int, j json); ALTER TABLE k REPLICA IDENTITY FULL",
    "CREATE TABLE k (a int, j json); ALTER TABLE k REPLICA IDENTITY FULL",
    "no-identity",
    /those of j can't be compared/,
  ],
  [
    "keyless partitions",
    "CREATE TABLE p (a int) PARTITION BY LIST (a); ALTER TABLE p REPLICA IDENTITY FULL; CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
    "CREATE TABLE p (a int); ALTER TABLE p REPLICA IDENTITY FULL",
    "no-identity",
    /public\.p1 can't tell/,
  ],
  ["NOT NULL", T, `${T} ALTER TABLE t ALTER a SET NOT NULL`, "stricter-rules", /a NOT NULL/],
  ["CHECK", T, `${T} ALTER TABLE t ADD CHECK (n > 0)`, "stricter-rules", /CHECK \(\(n > 0\)\)/],
  ["UNIQUE", T, `${T} CREATE UNIQUE INDEX ON t (a)`, "stricter-rules", /UNIQUE USING btree \(a\)/],
  [
    "triggers",
    T,
    `${T} CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER fill BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()`,
    "triggers-silent",
    /public\.t fill/,
  ],
  [
    "a new enum value",
    "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (id int PRIMARY KEY, e e)",
    "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, e e)",
    "way-back-breaks",
    /public\.e has the new values b/,
  ],
  [
    "a wider type",
    T,
    `${T} ALTER TABLE t ALTER n TYPE bigint`,
    "way-back-breaks",
    /public\.t\.n was integer and is bigint/,
  ],
  [
    "NOT NULL dropped",
    `${T} ALTER TABLE t ALTER a SET NOT NULL`,
    T,
    "way-back-breaks",
    /the live data demands public\.t a NOT NULL/,
  ],
  [
    "a column gone that must have a value",
    `${T} ALTER TABLE t ADD must int NOT NULL`,
    T,
    "way-back-breaks",
    /public\.t\.must must have a value/,
  ],
  [
    "partitions",
    "CREATE TABLE p (a int PRIMARY KEY) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
    "CREATE TABLE p (a int PRIMARY KEY)",
    "partition-truncate",
    /public\.p/,
  ],
];

for (const { title, missing, lab: place } of SERVER_PLACES) {
  describe.skipIf(missing)(`preflight of feeds on ${title}`, () => {
    let lab: SlotLab;
    beforeAll(async () => {
      lab = await startSlotLab({ ...place, settings: { max_connections: 200 } });
    });
    afterAll(() => lab.stop());

    const found = async (blue: SlotRef, green: SlotRef, code: string) =>
      (await lab.driver.feeds!.preflight(blue, green))
        .filter((finding) => finding.code === code)
        .map(({ what }) => what)
        .join(" ");

    it.each(SCHEMAS)("finds %s", async (_, live, idle, code, said) => {
      const { blue, green } = await lab.pair(live, idle);
      expect(await found(blue, green, code)).toMatch(said);
    });

    it("finds none of that where both sides are alike", async () => {
      const { blue, green } = await lab.pair(T);
      for (const code of new Set(SCHEMAS.map(([, , , code]) => code)))
        expect(await found(blue, green, code), code).toBe("");
    });

    it("refuses whole rows as the key of a table with computed columns where live's updates would fail", async () => {
      const { blue, green } = await lab.pair(
        "CREATE TABLE k (a int, g int GENERATED ALWAYS AS (a + 1) STORED); ALTER TABLE k REPLICA IDENTITY FULL",
      );
      const app = await lab.asApp(blue);
      await app.query("INSERT INTO k VALUES (1)");
      const opened = await lab.driver.feeds!.open(blue, green, how()).catch((error) => error);
      if (title === "PostgreSQL 18") expect(opened).toMatchObject({ code: "no-identity" });
      else expect(opened).toMatchObject({ rows: 1 });
      await app.query("UPDATE k SET a = 2");
      if (title !== "PostgreSQL 18") await lab.driver.feeds!.settle(blue, green, soon);
      await lab.driver.feeds!.close([blue, green], { token: 1 });
    });
  });
}
