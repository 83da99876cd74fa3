import { expect, test } from "vitest";
import { appView } from "../cockpit/testing.ts";
import { describeTracks } from "./track-words.ts";

test("the panel says in words who reaches what", () => {
  expect(describeTracks(appView())).toBe(
    "Visitors of shop.localhost reach blue, which is live with release 1.0.0. green is idle with no release; no staging domain is published.",
  );
});

test("a gate that is shut is said before the slot behind it", () => {
  const gate = { state: "closed", by: "person", message: null, since: null } as const;
  expect(describeTracks(appView({ gate }))).toContain("are turned away with 503");
});
