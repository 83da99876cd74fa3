import { describe, expect, test } from "vitest";
import { STATES } from "../testing/verb-states.ts";
import { defaultInput } from "./default-input.ts";
import { type Surroundings, safety } from "./safety.ts";

const calm: Surroundings = {
  activeRun: null,
  gate: { state: "open", by: null, message: null, since: null },
  gatewaySilent: false,
  engineSilent: false,
  observed: { blue: null, green: null },
  wayBack: null,
  now: Date.parse("2026-11-20T10:00:00.000Z"),
};
const ready = STATES["Blue live, next release in green"]!;
const swapped = STATES["After a swap: blue live, green is the way back"]!;
const codes = (around: Partial<Surroundings>) =>
  safety("swap", ready, { ...calm, ...around }).reasons.map((reason) => reason.code);

describe("is it safe?", () => {
  test("yes, when nothing speaks against it", () => {
    expect(safety("swap", ready, calm)).toEqual({ ok: true, reasons: [] });
    expect(safety("rollback", swapped, calm)).toEqual({ ok: true, reasons: [] });
  });

  test("no, when the interlocking says no", () => {
    expect(safety("rollback", ready, calm)).toMatchObject({ ok: false, reasons: [{ code: "no-way-back" }] });
  });

  test("no, when a process that it takes is silent", () => {
    expect(codes({ engineSilent: true, gatewaySilent: true })).toEqual(["engine-silent", "gateway-silent"]);
  });

  test("no, when the idle slot's web process keeps stopping; the live one's does not matter", () => {
    const failing = {
      processes: [
        {
          process: "web",
          state: "backing-off" as const,
          pid: null,
          startedAt: null,
          restarts: 9,
          cpu: null,
          rssBytes: null,
          outdated: false,
        },
      ],
      data: null,
      feed: null,
    };
    expect(codes({ observed: { blue: null, green: failing } })).toEqual(["slot-failing"]);
    expect(codes({ observed: { blue: failing, green: null } })).toEqual([]);
  });

  test("yes, with a warning, while a person keeps the gate closed", () => {
    const gate = { state: "closed" as const, by: "person" as const, message: null, since: null };
    expect(safety("swap", ready, { ...calm, gate })).toMatchObject({
      ok: true,
      reasons: [{ code: "gate-closed", severity: "warn" }],
    });
  });
});

describe("is the feed in the way?", () => {
  const fed = STATES["Blue live, green fed"]!;
  const wayBackFed = STATES["After a swap: blue live, green is the way back and fed"]!;
  const running = {
    state: "running" as const,
    reason: null,
    lagMs: 12,
    lagRows: 0,
    lagBytes: 0,
    retainedBytes: 4_096,
    schemaChanges: [] as string[],
    at: "2026-11-20T09:59:58.000Z",
  };
  const around = (feed: object, over: Partial<Surroundings> = {}): Surroundings => ({
    ...calm,
    observed: { blue: null, green: { processes: [], data: null, feed: { ...running, ...feed } } },
    ...over,
  });
  const counted = {
    inserted: 3,
    changed: 1,
    deleted: 0,
    exact: true,
    lossless: false,
    reason: null,
    measuredAt: "2026-11-20T09:59:50.000Z",
  };
  const why = "A row (INSERT) does not fit public.orders: duplicate key.";
  const troubles: [string, object][] = [
    ["feed-stopped", { state: "stopped", reason: why }],
    ["feed-lost", { state: "lost" }],
    ["feed-lost", { state: "none" }],
    ["feed-late", { state: "starting" }],
    ["schema-changed", { schemaChanges: ["The tables of shop_green were changed."] }],
    ["feed-unseen", { at: "2026-11-20T09:58:50.000Z" }],
  ];

  test("not while it runs, both ways", () => {
    expect(safety("swap", fed, around({}))).toEqual({ ok: true, reasons: [] });
    expect(safety("rollback", wayBackFed, around({}))).toEqual({ ok: true, reasons: [] });
  });

  test.each(troubles)("a swap is not safe: %s %o", (code, feed) => {
    expect(safety("swap", fed, around(feed))).toMatchObject({
      ok: false,
      reasons: [{ code, severity: "refuse" }],
    });
  });

  test.each(troubles)("going back is possible and costs something: %s %o", (code, feed) => {
    const { ok, reasons } = safety("rollback", wayBackFed, around(feed, { wayBack: counted }));
    expect({ ok, reasons }).toMatchObject({ ok: true, reasons: [{ code, severity: "warn" }] });
    expect(reasons[0]?.what).toContain("Going back now would leave 4 rows behind.");
  });

  test("a reason names the row; what was counted while the feed ran is no cost", () => {
    const stopped = { state: "stopped", reason: why };
    const measuredBefore = { ...counted, inserted: 0, changed: 0, lossless: true };
    const [reason] = safety("rollback", wayBackFed, around(stopped, { wayBack: measuredBefore })).reasons;
    expect(reason?.what).toContain(why);
    expect(reason?.what).toContain("is being counted");
    const atLeast = around(stopped, { wayBack: { ...counted, exact: false } });
    expect(safety("rollback", wayBackFed, atLeast).reasons[0]?.what).toContain("at least 4 rows");
  });

  test("a slot that is not fed has no feed to look at, and nobody looked is not well", () => {
    expect(safety("swap", ready, calm).ok).toBe(true);
    expect(safety("swap", fed, calm).reasons).toMatchObject([{ code: "feed-unseen" }]);
  });
});

test("what a button would ask for: resume the slot that is paused, publish the idle one", () => {
  expect(defaultInput("resume", STATES["Blue live, green paused"]!)).toEqual({ slot: "green" });
  expect(defaultInput("resume", STATES["Blue live but paused"]!)).toEqual({ slot: "blue" });
  expect(defaultInput("publish", ready)).toEqual({ slot: "green" });
  expect(defaultInput("unpublish", ready)).toEqual({ domain: "shop.example" });
});
