/** Warming a release up: for every runtime that can, whoever started the process. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RuntimeDriver, SlotSpec } from "#lib/engine/ports.ts";
import { ask, freePort, never } from "./harness.ts";

export interface WarmingBench {
  driver: RuntimeDriver;
  /** Its web process is the stub in testing/stub-web.ts and answers. */
  slot: SlotSpec;
  port: number;
  dispose(): Promise<void>;
}

export function describeWarming(name: string, setUp: () => Promise<WarmingBench>): void {
  describe(`warming with runtime ${name}`, () => {
    let bench: WarmingBench;
    beforeEach(async () => {
      bench = await setUp();
    });
    afterEach(() => bench.dispose());

    const warm = (paths: string[], timeoutMs = 10_000, signal = never) =>
      bench.driver.warm!(bench.slot, { paths, host: "shop.example", timeoutMs, signal });
    const asked = async (): Promise<string[]> => JSON.parse(await ask(bench.port, "/asked"));

    test("each path is asked for round after round, with the visitors' host", async () => {
      const before = (await asked()).length;
      const [root, page] = await warm(["/", "/page?x=1"]);
      const each = ["shop.example/", "shop.example/page?x=1"];
      expect((await asked()).slice(before)).toEqual(Array.from({ length: root!.good }, () => each).flat());
      expect(root).toMatchObject({ path: "/", bad: 0, status: 200, why: null });
      // Slow machines get less far in the second that it goes on.
      expect(root!.good).toBeGreaterThanOrEqual(2);
      expect(root!.good).toBeLessThanOrEqual(50);
      expect(page!.firstMs).toBeGreaterThan(0);
      expect(page!.lastMs).toBeGreaterThan(0);
    });

    test("one that fails at first is asked until it does not, and all the others with it", async () => {
      const [cold, root] = await warm(["/cold", "/"]);
      expect(cold).toMatchObject({ path: "/cold", bad: 2, status: 200 });
      expect(cold!.good).toBeGreaterThanOrEqual(2);
      expect(root).toMatchObject({ path: "/", bad: 0, good: cold!.good + 2, status: 200 });
    });

    test("many ask at once, for one round and whatever they are answered", async () => {
      const before = (await asked()).length;
      const paths = { paths: ["/", "/bad"], host: "shop.example", timeoutMs: 10_000, signal: never };
      expect(await bench.driver.warm!(bench.slot, { ...paths, atOnce: 5 })).toMatchObject([
        { path: "/", good: 5, bad: 0 },
        { path: "/bad", good: 0, bad: 5, status: 503 },
      ]);
      expect((await asked()).slice(before).sort()).toEqual(
        ["shop.example/", "shop.example/bad"].flatMap((path) => Array.from({ length: 5 }, () => path)),
      );
    });

    test("one that goes on failing ends with the time, told and not judged", async () => {
      const [bad] = await warm(["/bad"], 500);
      expect(bad).toMatchObject({ good: 0, status: 503 });
      expect(bad!.bad).toBeGreaterThan(0);
    });

    test("a page that never ends, or is not reached any more, says so", async () => {
      expect(await warm(["/never", "/"], 500)).toMatchObject([
        { good: 0, bad: 0, firstMs: null, status: null, why: "no answer in time" },
        { good: 0, bad: 0, why: expect.stringContaining("no time left") },
      ]);
    });

    test("a process that is not there is no error", async () => {
      const port = await freePort();
      const gone = {
        ...bench.slot,
        ports: { web: port },
        release: { ...bench.slot.release, dir: `http://127.0.0.1:${port}` },
      };
      const paths = { paths: ["/"], host: null, timeoutMs: 300, signal: never };
      expect(await bench.driver.warm!(gone, paths)).toMatchObject([
        { good: 0, bad: 0, why: expect.stringMatching(/ECONNREFUSED|in time/) },
      ]);
    });

    test("it ends when it is cancelled", async () => {
      await expect(warm(["/bad"], 60_000, AbortSignal.timeout(300))).rejects.toThrow();
    });
  });
}
