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

test("what a button would ask for: resume the slot that is paused, publish the idle one", () => {
  expect(defaultInput("resume", STATES["Blue live, green paused"]!)).toEqual({ slot: "green" });
  expect(defaultInput("resume", STATES["Blue live but paused"]!)).toEqual({ slot: "blue" });
  expect(defaultInput("publish", ready)).toEqual({ slot: "green" });
  expect(defaultInput("unpublish", ready)).toEqual({ domain: "shop.example" });
});
