/** Throw-away copies of a slot's database, on each server that must work. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";
import { cloneNames, slotNames } from "./names.ts";

const SCHEMA = `
  CREATE TABLE account (id int PRIMARY KEY, sum int NOT NULL);
  INSERT INTO account SELECT n, 100 FROM generate_series(1, 10) n;
  CREATE TABLE orders (id bigserial PRIMARY KEY, ref text NOT NULL UNIQUE);`;

const never = new AbortController().signal;

describe.each(SERVERS)("clones on $title", ({ binDir, missing }) => {
  let lab: SlotLab;
  let blue: SlotRef;
  let green: SlotRef;
  let names: ReturnType<typeof cloneNames>;
  beforeAll(async () => {
    if (missing) return;
    lab = await startSlotLab({ binDir, settings: { max_prepared_transactions: 2 } });
    ({ blue, green } = await lab.pair(SCHEMA));
    names = cloneNames(slotNames(green));
    await lab.driver.feeds!.open(blue, green, { token: 1, onProgress() {}, signal: never });
  });
  afterAll(() => lab?.stop());
  const check = it.skipIf(missing);

  const make = (token: number) => lab.driver.clones!.make(green, { token, signal: never });
  const settled = () => lab.driver.feeds!.settle(blue, green, { timeoutMs: 20_000, signal: never });
  const tend = (token: number, clones: "green"[] = []) =>
    lab.driver.tend!({
      app: green.app,
      token,
      feed: { from: "blue", exact: true, stream: true },
      clones,
      signal: never,
    });
  const databases = async () =>
    (await lab.sql(blue, "SELECT datname FROM pg_database WHERE datname LIKE '%preview%' ORDER BY 1")).map(
      ({ datname }) => datname,
    );

  async function asTester(): Promise<pg.Client> {
    const { DATABASE_URL } = await lab.driver.env(green, "preview");
    const client = new pg.Client({ connectionString: DATABASE_URL });
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  check("is not spoken against where its disk has room", async () => {
    expect(await lab.driver.clones!.preflight(green)).toEqual([]);
  });

  check("is of one moment of a slot that is fed under load, and the feed goes on", async () => {
    const app = await lab.asApp(blue);
    const reader = await lab.asApp(green);
    let stop = false;
    let written = 0;
    const writing = (async () => {
      for (; !stop; written++) {
        const [from, to] = [(written % 10) + 1, ((written + 3) % 10) + 1];
        await app.query(
          `BEGIN; UPDATE account SET sum = sum - 7 WHERE id = ${from}; INSERT INTO orders (ref) VALUES ('${written}');
           UPDATE account SET sum = sum + 7 WHERE id = ${to}; COMMIT`,
        );
      }
    })();
    // Something must have come by the feed, or there would be nothing to be of one moment.
    const arrived = () => lab.sql(green, "SELECT count(*)::int AS n FROM orders").then(([row]) => row!.n);
    await expect.poll(arrived).toBeGreaterThan(10);
    const report = await make(2);
    expect(report.bytes).toBeGreaterThan(1_000_000);
    await sleep(50);
    stop = true;
    await writing;

    const tester = await asTester();
    const seen = await tester.query(
      "SELECT (SELECT sum(sum)::int FROM account) AS sum, count(*)::int AS orders, max(ref::int) + 1 AS next FROM orders",
    );
    // Every transfer is whole, and no order is there without those before it.
    expect(seen.rows[0]).toEqual({ sum: 1000, orders: seen.rows[0].next, next: seen.rows[0].next });
    expect(seen.rows[0].orders).toBeGreaterThan(0);
    // Numbers go on behind live's, though the feed carries none.
    await tester.query("INSERT INTO orders (ref) VALUES ('tester'); DELETE FROM account");
    await tester.end();

    await settled();
    expect(await lab.driver.feeds!.status(blue, green)).toMatchObject({ state: "running" });
    for (const slot of [blue, green])
      expect(
        await lab.sql(slot, "SELECT count(*)::int AS n, bool_or(ref = 'tester') AS theirs FROM orders"),
      ).toEqual([{ n: written, theirs: false }]);
    expect(await lab.driver.fenced(green)).toBe(true);
    // Whoever was in the slot's own database was sent out of it.
    await expect(reader.query("SELECT 1")).rejects.toThrow();
  });

  check("gives nothing out, lets nobody else in, and has no leftovers of the feed", async () => {
    const admin = new pg.Client({ connectionString: lab.cluster.server.url(names.clone) });
    await admin.connect();
    const { rows } = await admin.query(
      `SELECT (SELECT count(*)::int FROM pg_publication) AS publications,
             (SELECT count(*)::int FROM pg_replication_slots WHERE database = current_database()) AS slots,
             (SELECT count(*)::int FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
               WHERE d.datname = current_database()) AS subscriptions,
             has_database_privilege($1, current_database(), 'CONNECT') AS other`,
      [slotNames(blue).app],
    );
    await admin.end();
    expect(rows).toEqual([{ publications: 0, slots: 0, subscriptions: 0, other: false }]);
    expect(await databases()).toEqual([names.clone]);
  });

  check("is replaced by a newer one, and refused to an engine that was replaced", async () => {
    const app = await lab.asApp(blue);
    const tester = await asTester();
    await tester.query("INSERT INTO orders (ref) VALUES ('of the first')");
    await app.query("INSERT INTO orders (ref) VALUES ('live')");
    await settled();
    await make(3);
    await expect(tester.query("SELECT 1")).rejects.toThrow();
    const again = await asTester();
    const { rows } = await again.query("SELECT ref FROM orders WHERE ref IN ('of the first', 'live')");
    expect(rows).toEqual([{ ref: "live" }]);
    await again.end();
    await expect(make(2)).rejects.toThrow(/token/);
    await expect(lab.driver.clones!.drop(green, { token: 2 })).rejects.toThrow(/token/);
    expect(await databases()).toEqual([names.clone]);
    await lab.driver.clones!.drop(green, { token: 3 });
    await lab.driver.clones!.drop(green, { token: 3 });
    expect(await databases()).toEqual([]);
  });

  check("leaves nothing when it is given up half-way, and the feed goes on", async () => {
    const app = await lab.asApp(blue);
    // Nobody can be sent out of it: the server waits five seconds for that to end.
    await lab.sql(green, "BEGIN; CREATE TABLE held (); PREPARE TRANSACTION 'held'");
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 1_000);
    await expect(lab.driver.clones!.make(green, { token: 4, signal: abort.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
    await app.query("INSERT INTO orders (ref) VALUES ('after')");
    await settled();
    await expect(make(4)).rejects.toMatchObject({ code: "database-in-use" });
    await lab.sql(green, "ROLLBACK PREPARED 'held'");
    expect(await databases()).toEqual([]);
  });

  check("is swept, and a feed left standing goes on, when an engine died in the middle", async () => {
    await make(5);
    // As it lies there when the engine is killed between the copy and the rest.
    const admin = await lab.asAdmin();
    await admin.query(`CREATE DATABASE "${names.next}"`);
    await lab.sql(green, `ALTER SUBSCRIPTION "${slotNames(blue).feed}" DISABLE`);
    const app = await lab.asApp(blue);
    await app.query("INSERT INTO orders (ref) VALUES ('meanwhile')");
    await tend(5, ["green"]);
    expect(await databases()).toEqual([names.clone]);
    await settled();
    // An engine that was replaced sweeps nothing, whatever it thinks is in use.
    await expect(tend(4)).rejects.toThrow(/token/);
    expect(await databases()).toEqual([names.clone]);
    await tend(5);
    expect(await databases()).toEqual([]);
  });

  check("goes with its slot", async () => {
    const { blue: slot } = await lab.pair(SCHEMA);
    await lab.driver.clones!.make(slot, { token: 1, signal: never });
    expect(await lab.driver.letGo!(slot, { token: 1, destroy: true })).toHaveLength(1);
    expect(await databases()).toEqual([]);
  });
});
