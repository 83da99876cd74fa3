import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SERVERS, type SlotLab, startSlotLab } from "../testing.ts";

const never = new AbortController().signal;
const ROWS = 1_000_000;

// Bounds are wide, for machines that are busy; what was measured is printed.
describe.each(SERVERS)("speed on $title", ({ title, binDir, missing }) => {
  let lab: SlotLab;
  beforeAll(async () => {
    if (!missing) lab = await startSlotLab({ binDir });
  });
  afterAll(() => lab?.stop());
  const check = it.skipIf(missing);
  const say = (figures: Record<string, unknown>) => console.log(title, JSON.stringify(figures));

  check("copies and compares a million rows", async () => {
    const { blue, green } = await lab.pair(
      "CREATE TABLE orders (id bigserial PRIMARY KEY, ref text UNIQUE NOT NULL, amount numeric, at timestamptz DEFAULT now(), note text)",
    );
    await lab.sql(
      blue,
      `INSERT INTO orders (ref, amount, note) SELECT 'r' || g, g * 1.5, repeat(md5(g::text), 2) FROM generate_series(1, ${ROWS}) g; ANALYZE`,
    );
    const seen: number[] = [performance.now()];
    const report = await lab.driver.copy(blue, green, {
      token: 1,
      onProgress: () => seen.push(performance.now()),
      signal: never,
    });
    const gap = Math.max(...seen.slice(1).map((at, index) => at - seen[index]!));
    const seconds = report.ms / 1000;
    say({
      copyMs: Math.round(report.ms),
      rowsPerS: Math.round(report.rows / seconds),
      mbPerS: Math.round(report.bytes / 1e6 / seconds),
      worstProgressGapMs: Math.round(gap),
    });
    expect(report.rows).toBe(ROWS);
    expect(report.rows / seconds).toBeGreaterThan(30_000);

    const equal = await lab.driver.difference(blue, green, { signal: never });
    await lab.sql(
      green,
      "UPDATE orders SET amount = amount + 1 WHERE id % 1000 = 0; DELETE FROM orders WHERE id % 1000 = 1; INSERT INTO orders (ref) SELECT 'n' || g FROM generate_series(1, 1000) g",
    );
    let rows = 0;
    const onRow = () => {
      rows += 1;
    };
    const few = await lab.driver.difference(blue, green, { onRow, signal: never });
    await lab.sql(green, "UPDATE orders SET amount = amount + 1");
    const all = await lab.driver.difference(blue, green, { signal: never });
    say({ equalMs: Math.round(equal.ms), fewMs: Math.round(few.ms), allMs: Math.round(all.ms) });
    expect(equal.tables).toEqual([]);
    expect(few).toMatchObject({ inserted: 1000, changed: 1000, deleted: 1000, exact: true });
    expect(rows).toBe(3000);
    expect(all).toMatchObject({ inserted: 1000, changed: ROWS - 1000, deleted: 1000 });
    expect(few.ms).toBeLessThan(20_000);
  });

  check.each([3, 500])("fences %i tables", async (count) => {
    const tables = Array.from(
      { length: count },
      (_, index) => `CREATE TABLE t${index} (id bigserial PRIMARY KEY, ref text UNIQUE NOT NULL)`,
    );
    const { blue } = await lab.pair(tables.join(";"));
    const times = { fence: [] as number[], durable: [] as number[], unfence: [] as number[] };
    for (let round = 0; round < 7; round += 1) {
      const started = performance.now();
      const fence = await lab.driver.fence(blue, { token: 1, deadlineMs: 10_000, signal: never });
      const held = performance.now();
      await fence.makeDurable();
      const durable = performance.now();
      await lab.driver.unfence(blue, { token: 1 });
      times.fence.push(held - started);
      times.durable.push(durable - held);
      times.unfence.push(performance.now() - durable);
    }
    const median = (values: number[]) => Number(values.sort((a, b) => a - b)[3]!.toFixed(1));
    say({
      tables: count,
      fenceMs: median(times.fence),
      durableMs: median(times.durable),
      unfenceMs: median(times.unfence),
    });
    expect(median(times.fence)).toBeLessThan(1_000);
  });
});
