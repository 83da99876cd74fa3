import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";

const signal = new AbortController().signal;
const LAG_MS = 60;

/** Repeats on `target` what it is told was done on the source, in that order, some time later. */
class LateFeed {
  readonly #target: pg.Client;
  #done = Promise.resolve();
  /** Changes that have not arrived yet. */
  waiting = 0;

  constructor(target: pg.Client) {
    this.#target = target;
  }

  /** Runs a change on the source. It is on its way before it is committed, so that nobody sees it too early. */
  async write(source: pg.Client, sql: string): Promise<void> {
    const written = source.query(sql);
    const arrives = written.then(() => sleep(LAG_MS));
    this.waiting += 1;
    this.#done = this.#done.then(async () => {
      await arrives;
      await this.#target.query(sql);
      this.waiting -= 1;
    });
    await written;
  }

  caughtUp = (): Promise<void> => this.#done;
}

describe.each(SERVERS)("verification under writers on $title", ({ binDir, missing }) => {
  let lab: SlotLab;
  beforeAll(async () => {
    if (!missing) lab = await startSlotLab({ binDir });
  });
  afterAll(() => lab?.stop());

  it.skipIf(missing)(
    "raises no false alarm while rows are on their way, and finds those that are wrong",
    async () => {
      const { blue, green } = await lab.pair(`
      CREATE TABLE t (id bigint PRIMARY KEY, v text, n int DEFAULT 0);
      CREATE TABLE words (k text PRIMARY KEY, v text); CREATE TABLE log (line text);
      CREATE TYPE part AS ENUM ('a', 'b'); CREATE TABLE odd (p part, id int, v int, PRIMARY KEY (p, id))`);
      await lab.sql(
        blue,
        `INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 25000) g;
       INSERT INTO words SELECT 'w' || g, 'v' FROM generate_series(1, 12000) g;
       INSERT INTO log SELECT 'line ' || g % 900 FROM generate_series(1, 3000) g;
       INSERT INTO odd SELECT 'a', g, 0 FROM generate_series(1, 3000) g`,
      );
      await lab.driver.copy(blue, green, { token: 1, onProgress() {}, signal });
      const feed = new LateFeed(await lab.asAdmin(green));
      let open = true;
      let writes = 0;
      // Each writer keeps to rows of its own: what one does to a row arrives in the order in which it was done.
      const writer = async (own: number) => {
        const source = await lab.asAdmin(blue);
        for (let round = 0; open; round += 1) {
          // Multiples of 10 are nobody's.
          const id = ((round * 7919) % 2500) * 10 + own;
          const changes = [
            `UPDATE t SET v = 'w${round}', n = n + 1 WHERE id = ${id}`,
            `UPDATE t SET n = n + 1 WHERE id = ${own}`,
            `DELETE FROM t WHERE id = ${id}`,
            `INSERT INTO t VALUES (${id}, 'new', ${round}) ON CONFLICT (id) DO UPDATE SET v = 'again'`,
            `INSERT INTO t VALUES (${30_000 + round * 10 + own}, 'more')`,
            `UPDATE words SET v = '${round}' WHERE k = 'w${id}'`,
            `INSERT INTO log VALUES ('line ${id % 900}')`,
            `UPDATE odd SET v = v + 1 WHERE p = 'a' AND id = ${id % 3000}`,
            `DELETE FROM words WHERE k = 'w${id + 10}'; INSERT INTO words VALUES ('w${id + 10}', 'back')`,
          ];
          await feed.write(source, changes[round % changes.length]!);
          writes += 1;
          // A feed that is slower than the writers would never catch up.
          do await sleep(3);
          while (feed.waiting > 100);
        }
      };
      const writers = Promise.all([1, 2, 3].map(writer));
      const verify = () =>
        lab.driver.verify!(blue, green, { caughtUp: feed.caughtUp, onProgress() {}, signal });
      try {
        const equal = await verify();
        expect(equal.mismatches).toEqual([]);
        await lab.sql(
          green,
          `UPDATE t SET v = v || ' ' WHERE id = 12340; DELETE FROM t WHERE id = 20; INSERT INTO t VALUES (0, 'extra');
         UPDATE words SET v = NULL WHERE k = 'w500'; INSERT INTO log VALUES ('never'); UPDATE odd SET v = -1 WHERE id = 990`,
        );
        const before = writes;
        const { mismatches } = await verify();
        expect(
          mismatches.map(({ table, kind, sample, rows }) => [table, kind, ...sample, rows]).sort(),
        ).toEqual([
          ["public.log", "extra", "(never)", 1],
          ["public.odd", "changed", "(a,990)", 1],
          ["public.t", "changed", "12340", 1],
          ["public.t", "extra", "0", 1],
          ["public.t", "missing", "20", 1],
          ["public.words", "changed", "w500", 1],
        ]);
        expect(writes).toBeGreaterThan(before);
      } finally {
        open = false;
        await writers;
        await feed.caughtUp();
      }
      const { mismatches, notes } = await verify();
      expect(mismatches).toHaveLength(6);
      expect(notes.join()).not.toContain("too often");
    },
    // Rows that never rest are looked at for seconds each time.
    150_000,
  );
});
