import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";

const never = new AbortController().signal;

describe.each(SERVERS)("the check inside a window on $title", ({ binDir, missing }) => {
  let lab: SlotLab;
  beforeAll(async () => {
    if (!missing) lab = await startSlotLab({ binDir });
  });
  afterAll(() => lab?.stop());
  const check = it.skipIf(missing);

  check("compares the ends of every key that both sides order alike", async () => {
    const numbered = Array.from({ length: 25 }, (_, at) => `CREATE TABLE n${at} (id int PRIMARY KEY);`).join(
      "",
    );
    const schema = (labels: string) => `${numbered}
      CREATE TABLE "odd ""name""" (u uuid PRIMARY KEY); CREATE TABLE texts (k text PRIMARY KEY);
      CREATE TABLE at (t timestamptz PRIMARY KEY); CREATE TABLE two (a int, b text, PRIMARY KEY (a, b));
      CREATE TABLE parts (id bigint PRIMARY KEY) PARTITION BY HASH (id);
      CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
      CREATE TABLE keyless (a int); CREATE TYPE e AS ENUM (${labels}); CREATE TABLE by_label (e e PRIMARY KEY)`;
    const { blue, green } = await lab.pair(schema("'a', 'b'"), schema("'b', 'a'"));
    await lab.sql(
      blue,
      `INSERT INTO n0 SELECT generate_series(1, 9); INSERT INTO "odd ""name""" SELECT md5(g::text)::uuid FROM generate_series(1, 9) g;
       INSERT INTO texts VALUES (''), ('a'), ('z'); INSERT INTO at VALUES ('2024-01-01'), ('2024-01-02 03:04:05.678901+02');
       INSERT INTO two VALUES (1, 'z'), (2, ''), (2, 'x'); INSERT INTO parts SELECT generate_series(1, 9);
       INSERT INTO keyless VALUES (1); INSERT INTO by_label VALUES ('a')`,
    );
    await lab.driver.copy(blue, green, { token: 1, onProgress() {}, signal: never });
    const quick = await lab.driver.openQuickCheck!(blue, green);
    expect(quick.tables).toBe(30);
    expect(await quick.run()).toEqual([]);
    await lab.sql(
      green,
      `INSERT INTO n7 VALUES (1); DELETE FROM texts; INSERT INTO "odd ""name""" VALUES ('ffffffff-ffff-ffff-ffff-ffffffffffff');
       UPDATE at SET t = t + interval '1 microsecond' WHERE t > '2024-01-01'; DELETE FROM two WHERE b = 'x'; DELETE FROM parts WHERE id = 1`,
    );
    expect(await quick.run()).toEqual([
      "public.at: the highest key is 2024-01-02 01:04:05.678901+00 on the source and 2024-01-02 01:04:05.678902+00 on the target",
      "public.n7 has rows on the target and none on the source",
      'public.odd "name": the highest key is eccbc87e-4b5c-e2fe-2830-8fd9f2a7baf3 on the source and ffffffff-ffff-ffff-ffff-ffffffffffff on the target',
      "public.parts: the lowest key is 1 on the source and 2 on the target",
      "public.texts has rows on the source and none on the target",
      `public.two: the highest key is (2,x) on the source and (2,"") on the target`,
    ]);
    await quick.close();
  });

  check("reads no table, only the ends of indexes", async () => {
    const { blue, green } = await lab.pair(
      "CREATE TABLE t (id bigint PRIMARY KEY, at timestamptz DEFAULT now())",
    );
    for (const slot of [blue, green]) {
      await lab.sql(slot, "INSERT INTO t SELECT generate_series(1, 200000)");
      await lab.sql(slot, "VACUUM ANALYZE t");
    }
    const quick = await lab.driver.openQuickCheck!(blue, green);
    expect([quick.tables, await quick.run()]).toEqual([1, []]);
    await quick.close();
    const read =
      "SELECT seq_scan::int, idx_tup_read::int FROM pg_stat_user_tables t JOIN pg_stat_user_indexes i USING (relid) WHERE t.relname = 't'";
    const scans = async () => (await lab.sql(blue, read))[0];
    // Once as it was opened, once as it was run, at both ends; the key's own making read the table.
    await expect.poll(scans).toMatchObject({ seq_scan: 1, idx_tup_read: 4 });
  });

  check("finds nothing where there is nothing to compare", async () => {
    const { blue, green } = await lab.pair("CREATE TABLE t (a int)", "SELECT 1");
    const quick = await lab.driver.openQuickCheck!(blue, green);
    expect([quick.tables, await quick.run()]).toEqual([0, []]);
    await quick.close();
  });
});
