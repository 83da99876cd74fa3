/**
 * What every data driver must do, whatever it keeps data in. A driver's own test hands over a harness that shows
 * its data as named records, and this suite does the rest.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import { type CopyProgress, type DataDriver, type DifferentRow, StaleToken } from "#lib/engine/ports.ts";

/** One of the app's own connections. */
export interface RecordWriter {
  write(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface DataHarness {
  driver: DataDriver;
  /** A new app's slots, provisioned, with room for records and none in it. */
  slots(): Promise<{ blue: SlotRef; green: SlotRef }>;
  writer(slot: SlotRef): Promise<RecordWriter>;
  /** What is there, read past the driver. */
  records(slot: SlotRef): Promise<Record<string, string>>;
  /** Adds so many records, past the driver. */
  fill(slot: SlotRef, count: number): Promise<void>;
  /** How many records take long enough to copy that it can be aborted. */
  many: number;
  stop(): Promise<void>;
}

const never = new AbortController().signal;
const quiet = { onProgress() {}, signal: never };

export function describeDataDriver(title: string, start: () => Promise<DataHarness>): void {
  describe(`${title}: the contract of a data driver`, () => {
    let harness: DataHarness;
    let driver: DataDriver;
    beforeAll(async () => {
      harness = await start();
      driver = harness.driver;
    });
    afterAll(() => harness.stop());

    it("keeps what is there when it provisions again, also twice at once", async () => {
      const { blue } = await harness.slots();
      await (await harness.writer(blue)).write("a", "1");
      await Promise.all([driver.provision(blue), driver.provision(blue)]);
      expect(await harness.records(blue)).toEqual({ a: "1" });
      await (await harness.writer(blue)).write("b", "2");
      expect(await driver.fenced(blue)).toBe(false);
    });

    it("copies everything and leaves the target refusing writes until it is unfenced", async () => {
      const { blue, green } = await harness.slots();
      const [live, idle] = [await harness.writer(blue), await harness.writer(green)];
      await live.write("a", "1");
      await live.write("b", "2");
      await idle.write("a", "stale");
      await idle.write("z", "stale");
      const report = await driver.copy(blue, green, { token: 1, ...quiet });
      expect(report.rows).toBe(2);
      expect(await harness.records(green)).toEqual({ a: "1", b: "2" });
      expect(await harness.records(blue)).toEqual({ a: "1", b: "2" });
      expect(await driver.fenced(green)).toBe(true);
      await expect(idle.write("c", "3")).rejects.toThrow();
      await live.write("c", "3");
      await driver.unfence(green, { token: 1 });
      expect(await driver.fenced(green)).toBe(false);
      await idle.write("d", "4");
    });

    it("reports progress that ends at all of it", async () => {
      const { blue, green } = await harness.slots();
      await harness.fill(blue, 1000);
      const seen: CopyProgress[] = [];
      const report = await driver.copy(blue, green, {
        token: 1,
        onProgress: (progress) => seen.push(progress),
        signal: never,
      });
      const last = seen.at(-1)!;
      expect(last.rows).toBe(1000);
      expect(last.bytes).toBe(report.bytes);
      expect(last.bytesTotal).toBe(last.bytes);
      expect(last.tablesDone).toBe(last.tablesTotal);
    });

    it("leaves nothing half done in the target when a copy is aborted", async () => {
      const { blue, green } = await harness.slots();
      await harness.fill(blue, harness.many);
      const idle = await harness.writer(green);
      await idle.write("mine", "1");
      const abort = new AbortController();
      const copy = driver.copy(blue, green, {
        token: 1,
        onProgress: () => abort.abort(),
        signal: abort.signal,
      });
      await expect(copy).rejects.toMatchObject({ name: "AbortError" });
      const left = await harness.records(green);
      if (driver.capabilities.atomicCopy) expect(left).toEqual({ mine: "1" });
      // Whole records of either side, and nothing half done.
      else expect({ ...(await harness.records(blue)), mine: "1" }).toMatchObject(left);
      expect(left.mine).toBe("1");
      expect(await driver.fenced(green)).toBe(false);
      await idle.write("mine", "2");
    });

    it("holds writers while a fence is held and lets them go on when it is released", async ({ skip }) => {
      skip(!driver.capabilities.holdsWriters, "its fence does not hold writers");
      const { blue } = await harness.slots();
      const writer = await harness.writer(blue);
      await writer.write("a", "1");
      const fence = await driver.fence(blue, { token: 1, deadlineMs: 20_000, signal: never });
      let done = false;
      const write = writer.write("b", "2").then(() => {
        done = true;
      });
      await sleep(150);
      expect(done).toBe(false);
      expect(await harness.records(blue)).toEqual({ a: "1" });
      expect(await fence.alive()).toBe(true);
      await fence.release();
      await write;
      expect(await harness.records(blue)).toEqual({ a: "1", b: "2" });
      expect(await driver.fenced(blue)).toBe(false);
      expect(await fence.alive()).toBe(false);
      await fence.release();
    });

    it("gets ready for a fence without holding anybody, whether or not one follows", async ({ skip }) => {
      skip(!driver.readyFence, "has nothing to make ready");
      const { blue } = await harness.slots();
      const writer = await harness.writer(blue);
      // Nobody fenced after the first.
      for (const token of [1, 2]) {
        await driver.readyFence!(blue, { token });
        expect(await driver.fenced(blue)).toBe(false);
        await writer.write(`${token}`, "1");
      }
      const fence = await driver.fence(blue, { token: 2, deadlineMs: 20_000, signal: never });
      await fence.makeDurable();
      expect(await driver.fenced(blue)).toBe(true);
      await expect(writer.write("c", "1")).rejects.toThrow();
      await expect(driver.readyFence!(blue, { token: 1 })).rejects.toMatchObject({ name: "StaleToken" });
      await driver.unfence(blue, { token: 3 });
      await driver.readyFence!(blue, { token: 3 });
      await driver.unfence(blue, { token: 3 });
      await writer.write("d", "1");
      expect(await harness.records(blue)).toEqual({ 1: "1", 2: "1", d: "1" });
    });

    it("refuses writes for good once a fence is durable, also the one that waited", async () => {
      const { blue } = await harness.slots();
      const writer = await harness.writer(blue);
      await writer.write("a", "1");
      const fence = await driver.fence(blue, { token: 1, deadlineMs: 20_000, signal: never });
      if (driver.capabilities.holdsWriters) {
        const waiting = writer.write("b", "2");
        waiting.catch(() => {});
        await fence.makeDurable();
        await expect(waiting).rejects.toThrow();
      } else {
        await fence.makeDurable();
        await expect(writer.write("a", "2")).rejects.toThrow();
        await expect(writer.remove("a")).rejects.toThrow();
      }
      expect(await driver.fenced(blue)).toBe(true);
      await expect((await harness.writer(blue)).write("c", "3")).rejects.toThrow();
      expect(await harness.records(blue)).toEqual({ a: "1" });
      await fence.release();
      expect(await driver.fenced(blue)).toBe(true);
      await driver.unfence(blue, { token: 1 });
      await (await harness.writer(blue)).write("d", "4");
    });

    it("carries behind the durable fence what was written since the copy", async ({ skip }) => {
      skip(!driver.catchUp, "its fence holds writers from the start");
      const { blue, green } = await harness.slots();
      const live = await harness.writer(blue);
      await live.write("early", "1");
      await live.write("gone", "1");
      await driver.prepare?.(blue, green, { token: 1, ...quiet });
      const fence = await driver.fence(blue, { token: 1, deadlineMs: 20_000, signal: never });
      await driver.copy(blue, green, { token: 1, ...quiet });
      await live.write("late", "1");
      await live.write("early", "2");
      await live.remove("gone");
      await fence.makeDurable();
      await driver.catchUp?.(blue, green, { token: 1, signal: never });
      expect(await harness.records(green)).toEqual({ early: "2", late: "1" });
      await driver.unfence(green, { token: 1 });
      expect(await driver.fenced(blue)).toBe(true);
      await (await harness.writer(green)).write("next", "1");
    });

    it("ends a fence by itself at its deadline, and tells", async () => {
      const { blue } = await harness.slots();
      const writer = await harness.writer(blue);
      const fence = await driver.fence(blue, { token: 1, deadlineMs: 2_000, signal: never });
      await writer.write("a", "1");
      while (!driver.capabilities.holdsWriters && (await fence.alive())) await sleep(20);
      expect(await fence.alive()).toBe(false);
      await expect(fence.makeDurable()).rejects.toThrow();
      expect(await driver.fenced(blue)).toBe(false);
    });

    it("is not kept alive beyond the deadline by being asked", async () => {
      const { blue } = await harness.slots();
      const fence = await driver.fence(blue, { token: 1, deadlineMs: 2_000, signal: never });
      const write = (await harness.writer(blue)).write("a", "1");
      while (await fence.alive()) await sleep(20);
      await write;
    });

    it("refuses a token older than one that it has seen", async () => {
      const { blue, green } = await harness.slots();
      const held = await driver.fence(blue, { token: 7, deadlineMs: 20_000, signal: never });
      const stale = { token: 6, deadlineMs: 20_000, signal: never };
      await expect(driver.fence(blue, stale)).rejects.toThrow(StaleToken);
      await expect(driver.unfence(blue, { token: 6 })).rejects.toThrow(StaleToken);
      expect(await held.alive()).toBe(true);
      await held.release();
      await expect(driver.fence(blue, stale)).rejects.toThrow(StaleToken);
      await expect(driver.unfence(blue, { token: 6 })).rejects.toThrow(StaleToken);
      await expect(driver.copy(green, blue, { token: 6, ...quiet })).rejects.toThrow(StaleToken);
      await driver.unfence(blue, { token: 7 });
    });

    it("ends the fence of an engine that was replaced", async () => {
      const { blue } = await harness.slots();
      const old = await driver.fence(blue, { token: 1, deadlineMs: 20_000, signal: never });
      const fresh = await driver.fence(blue, { token: 2, deadlineMs: 20_000, signal: never });
      expect(await old.alive()).toBe(false);
      await expect(old.makeDurable()).rejects.toThrow();
      expect(await fresh.alive()).toBe(true);
      await fresh.release();
      const again = await driver.fence(blue, { token: 2, deadlineMs: 20_000, signal: never });
      await driver.unfence(blue, { token: 3 });
      expect(await again.alive()).toBe(false);
      await (await harness.writer(blue)).write("a", "1");
    });

    it("unfences what is not fenced without harm", async () => {
      const { blue } = await harness.slots();
      await driver.unfence(blue, { token: 1 });
      await driver.unfence(blue, { token: 1 });
      expect(await driver.fenced(blue)).toBe(false);
    });

    it("counts and tells apart what was inserted, changed and deleted", async () => {
      const { blue, green } = await harness.slots();
      const live = await harness.writer(blue);
      for (const name of ["same", "changed", "deleted"]) await live.write(name, "1");
      await driver.copy(blue, green, { token: 1, ...quiet });
      await driver.unfence(green, { token: 1 });
      expect(await driver.difference(blue, green, { signal: never })).toMatchObject({
        inserted: 0,
        changed: 0,
        deleted: 0,
        exact: true,
        tables: [],
      });
      const idle = await harness.writer(green);
      await idle.write("changed", "2");
      await idle.remove("deleted");
      await idle.write("new", "1");
      await idle.write("newer", "1");
      const rows: DifferentRow[] = [];
      const difference = await driver.difference(blue, green, {
        onRow: (row) => void rows.push(row),
        signal: never,
      });
      expect(difference).toMatchObject({ inserted: 2, changed: 1, deleted: 1, exact: true });
      expect(rows.map((row) => [row.kind, row.base === null, row.current === null]).sort()).toEqual([
        ["changed", false, false],
        ["deleted", false, true],
        ["inserted", true, false],
        ["inserted", true, false],
      ]);
      const counts = await driver.count(blue, green);
      expect(counts.map(({ from, to }) => [from, to])).toEqual([[3, 4]]);
    });

    it("describes what it holds and finds nothing wrong with two fresh slots", async () => {
      const { blue, green } = await harness.slots();
      await harness.fill(blue, 100);
      const description = await driver.describe(blue);
      expect(description.bytes).toBeGreaterThan(0);
      expect(description.tables.length).toBeGreaterThan(0);
      expect(await driver.preflight(blue, green)).toEqual([]);
    });
  });
}
