import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";

const never = new AbortController().signal;
const BIG = "CREATE TABLE big (id bigserial PRIMARY KEY, text text)";

describe.each(SERVERS)("a copy that fails on $title", ({ binDir, missing }) => {
  let lab: SlotLab;
  beforeAll(async () => {
    if (!missing) lab = await startSlotLab({ binDir });
  });
  afterAll(() => lab?.stop());
  const check = it.skipIf(missing);
  const copy = (from: SlotRef, to: SlotRef, token = 1) =>
    lab.driver.copy(from, to, { token, onProgress() {}, signal: never });

  check("refuses a target column that no live row can fill, before it touches anything", async () => {
    const { blue, green } = await lab.pair(
      "CREATE TABLE t (a int)",
      "CREATE TABLE t (a int, b text NOT NULL)",
    );
    await lab.sql(green, "INSERT INTO t VALUES (1, 'mine')");
    await expect(copy(blue, green)).rejects.toMatchObject({ code: "column-needs-default" });
    expect(await lab.sql(green, "SELECT * FROM t")).toEqual([{ a: 1, b: "mine" }]);
    expect(
      (await lab.driver.preflight(blue, green)).map(({ code, severity }) => [code, severity]),
    ).toContainEqual(["column-needs-default", "refuse"]);
  });

  check("refuses rows that don't fit, names the table and leaves the target as it was", async () => {
    const { blue, green } = await lab.pair(
      "CREATE TABLE t (a text)",
      "CREATE TABLE t (a int); CREATE SEQUENCE s START 50",
    );
    await lab.sql(blue, "INSERT INTO t VALUES ('1'), ('not a number')");
    await lab.sql(green, "INSERT INTO t VALUES (7); SELECT nextval('s')");
    await expect(copy(blue, green)).rejects.toMatchObject({ code: "rows-do-not-fit" });
    expect(await lab.sql(green, "SELECT a, (SELECT last_value::int FROM s) AS s FROM t")).toEqual([
      { a: 7, s: 50 },
    ]);
    expect(await lab.driver.fenced(green)).toBe(false);
  });

  check("refuses live rows that break a foreign key which only the new release has", async () => {
    const { blue, green } = await lab.pair(
      "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int)",
      "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a)",
    );
    await lab.sql(blue, "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1), (NULL), (9)");
    await expect(copy(blue, green)).rejects.toMatchObject({ code: "foreign-key-broken" });
    await lab.sql(blue, "DELETE FROM b WHERE a = 9");
    expect((await copy(blue, green)).rows).toBe(3);
  });

  check("names the idle session that is in its way", async () => {
    const { blue, green } = await lab.pair(BIG);
    const idle = await lab.asApp(green);
    await idle.query("BEGIN; SELECT * FROM big; SELECT 'tester went for lunch'");
    await expect(copy(blue, green)).rejects.toThrow(/idle in transaction.*tester went for lunch/);
    await idle.query("COMMIT");
    await copy(blue, green);
  });

  check.each(["source", "target"])(
    "leaves the target as it was when the %s's session is ended midway",
    async (side) => {
      const { blue, green } = await lab.pair(BIG);
      await lab.sql(blue, "INSERT INTO big (text) SELECT repeat('x', 200) FROM generate_series(1, 300000)");
      await lab.sql(green, "INSERT INTO big (text) VALUES ('mine')");
      const copying = copy(blue, green);
      let over = false;
      copying
        .catch(() => {})
        .finally(() => {
          over = true;
        });
      const admin = await lab.asAdmin();
      const victim = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ $1 AND state = 'active' AND pid <> pg_backend_pid()`;
      while (
        !(await admin.query(victim, [side === "source" ? "^COPY.*TO STDOUT" : "^COPY.*FROM STDIN"])).rowCount
      ) {
        if (over) throw new Error("the copy was over before its session could be ended");
        await sleep(5);
      }
      await expect(copying).rejects.toThrow();
      expect(await lab.sql(green, "SELECT text FROM big")).toEqual([{ text: "mine" }]);
      expect(await lab.driver.fenced(green)).toBe(false);
      await (await lab.asApp(green)).query("INSERT INTO big (text) VALUES ('still mine')");
      expect((await copy(blue, green)).rows).toBe(300_000);
    },
  );
});
