import { afterEach, beforeEach, expect, it } from "vitest";
import { type FaultyShop, startFaultyShop } from "../ledger/faulty-shop.ts";
import { Ledger, now } from "../ledger/ledger.ts";
import { httpReader } from "../ledger/reader.ts";
import { verify } from "../ledger/verify.ts";
import { type Load, startLoad } from "./load.ts";
import { Samples } from "./samples.ts";

let shop: FaultyShop;
let load: Load | null = null;
beforeEach(async () => {
  shop = await startFaultyShop();
});
afterEach(async () => {
  await load?.stop();
  await shop.close();
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function start(ledger: Ledger, readsPerSecond = 200, writesPerSecond = 50, timeoutMs = 5_000) {
  load = startLoad({
    gatewayPort: shop.port,
    host: "shop.localhost",
    readsPerSecond,
    writesPerSecond,
    timeoutMs,
    ledger,
  });
  return load;
}

it("sends at the given rate and finds the data as it was answered", async () => {
  const ledger = new Ledger();
  const running = start(ledger, 400, 100);
  await sleep(1_000);
  await running.stop();
  const { requests } = running.report();
  // However late the machine is: due times keep their distance, and all that came due was sent.
  const due = running.samples.all().flatMap((sample) => (sample.write ? [] : [sample.due]));
  expect(due.length).toBeGreaterThan(100);
  for (const [index, at] of due.entries()) expect(at).toBeCloseTo(due[0]! + index * 2.5, 3);
  expect(requests).toMatchObject({ failed: 0, held: 0, inFlight: 0, ok: requests.total });
  const read = httpReader({ port: shop.port, host: "shop.localhost" });
  expect(verify(ledger.records, await read(), ledger.prefix)).toMatchObject({
    lost: 0,
    doubled: 0,
    unknown: 0,
  });
});

it("counts a stall for every request that was due during it", async () => {
  const running = start(new Ledger());
  await sleep(200);
  const from = now();
  shop.delayMs = 500;
  await sleep(400);
  shop.delayMs = 0;
  const to = now();
  await sleep(300);
  await running.stop();
  expect(running.stallBetween(from, to)).toBeGreaterThan(490);
  const { requests, reads } = running.report({ holds: [{ from, to }] });
  // 0.4 s at 250 a second, give or take a slow machine: all of them waited, not only those of one connection.
  expect(requests.held).toBeGreaterThan(60);
  expect(requests.failed).toBe(0);
  expect(reads.p99Ms).toBeGreaterThan(400);
});

it("keeps sending while nothing is answered", async () => {
  const running = start(new Ledger(), 200, 0);
  shop.delayMs = 60_000;
  await sleep(500);
  expect(running.samples.inFlight).toBeGreaterThan(50);
  shop.delayMs = 0;
  await shop.close();
  await running.stop();
});

it("pauses writes until those in flight are answered, and resumes without catching up", async () => {
  const ledger = new Ledger();
  const running = start(ledger, 0, 100);
  shop.delayMs = 200;
  await sleep(100);
  await running.pauseWrites();
  expect(ledger.records.every((record) => record.outcome === "acknowledged")).toBe(true);
  const paused = ledger.records.length;
  await sleep(300);
  expect(ledger.records).toHaveLength(paused);
  shop.delayMs = 0;
  const resumed = now();
  running.resumeWrites();
  await sleep(300);
  await running.stop();
  const due = (now() - resumed) / 10;
  expect(ledger.records.length - paused).toBeGreaterThan(5);
  expect(ledger.records.length - paused).toBeLessThanOrEqual(due + 1);
});

it("tells refusals under a person's lock from failures", async () => {
  const running = start(new Ledger(), 0, 100);
  shop.behaviour = "refuse";
  const from = now();
  await sleep(200);
  await running.stop();
  const { requests } = running.report({ closed: [{ from, to: now() }] });
  expect(requests).toMatchObject({ failed: 0, closed: requests.total });
  expect(running.report().requests).toMatchObject({ failed: requests.total, closed: 0 });
  expect(Object.keys(running.report().failures)).toEqual(["write: 503"]);
});

it("gives up after the time-out and calls the write unknown", async () => {
  const ledger = new Ledger();
  const running = start(ledger, 0, 50, 100);
  shop.behaviour = "hang";
  await sleep(200);
  await running.stop();
  expect(ledger.records.length).toBeGreaterThan(0);
  expect(ledger.records.every((record) => record.outcome === "unknown")).toBe(true);
  expect(Object.keys(running.report().failures)).toEqual(["write: time-out"]);
});

it("measures from when a request was due, not from when it left", () => {
  const samples = new Samples();
  const sample = samples.begin(false, 1_000);
  samples.end(sample, 1_600, "ok");
  expect(samples.overlapping({ from: 1_500, to: 1_550 })).toEqual([sample]);
  expect(samples.overlapping({ from: 1_600, to: 1_700 })).toEqual([]);
  expect(samples.overlapping({ from: 900, to: 1_000 })).toEqual([]);
});
