import { expect, test } from "vitest";
import { appView, runSummary } from "../cockpit/testing.ts";
import { findingsFor } from "./permits.ts";

test("a run that is on refuses every verb but maintenance, and names who has it", () => {
  const app = appView({
    activeRun: runSummary({ status: "running", requestedBy: { kind: "user", id: "u2", name: "Bo" } }),
  });
  expect(findingsFor(app, "swap")[0]?.what).toContain("Bo");
  expect(findingsFor(app, "maintenance")).toEqual([]);
});

test("an act on one slot is asked about that slot", () => {
  expect(findingsFor(appView(), "pause", { slot: "blue" })).toEqual([]);
  expect(findingsFor(appView(), "pause", { slot: "green" })[0]?.code).toBe("slot-empty");
  expect(findingsFor(appView(), "unpublish", { domain: "shop.localhost" })).toEqual([]);
});
