import { appendFile, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { history, spec, until } from "../contract/harness.ts";
import { logFile, slotPaths } from "./paths.ts";
import { benchWithDriver } from "./testing.ts";

const bench = benchWithDriver({ logBytes: 20_000 });

test("logs are rotated while the process writes on, and a follower loses nothing", async () => {
  const slot = await spec(bench.driver, {
    processes: {
      web: "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line-$i; sleep 0.001; done; sleep 1000",
    },
  });
  const stop = new AbortController();
  const seen: number[] = [];
  await bench.driver.start(slot);
  for await (const { line } of bench.driver.logs(slot, { process: "web", tail: 5000, signal: stop.signal })) {
    seen.push(Number(line.slice("line-".length)));
    if (line === "line-3000") stop.abort();
  }
  const file = logFile(slotPaths(bench.home, slot), "web");
  await until(async () => (await readFile(file)).length < 20_000, "the last rotation");
  expect((await readFile(`${file}.1`)).length).toBeGreaterThanOrEqual(20_000);
  expect(seen.at(-1)).toBe(3000);
  // Copying and cutting is not one act: a line may fall between.
  expect(seen.length).toBeGreaterThanOrEqual(2990);
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
});

test("endless lines, binary and escapes neither break a reader nor reach a terminal", async () => {
  const slot = await spec(bench.driver, { processes: { web: "sleep 1000" } });
  await bench.driver.start(slot);
  const file = logFile(slotPaths(bench.home, slot), "web");
  await appendFile(file, Buffer.concat([Buffer.alloc(3_000_000, 120), Buffer.from("\n")]));
  await appendFile(file, Buffer.from([0xff, 0xfe, 0x00, 0x07, 0x0a]));
  await appendFile(file, "\u001b[31mred\u001b[0m\r\n");
  const [long, binary, red] = await history(bench.driver, slot, 3);
  expect(long).toHaveLength(8192 + 2);
  expect(binary).toBe("\ufffd\ufffd\ufffd\ufffd");
  expect(red).toBe("red");
});
