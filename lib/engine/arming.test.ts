import { expect, test } from "vitest";
import { type Arming, whyNotArmed } from "./arming.ts";

const armed: Arming = {
  autoRollback: "lossless",
  kind: "swap",
  release: { id: "r2", version: "2.0.0" },
  distrusted: ["r1"],
  automaticRun: null,
  old: { dataState: "resting", fed: true, paused: false },
  wayBack: { lossless: true, reason: null },
  gate: { state: "open", by: null },
  busy: null,
};

test("after a swap with a way back that loses nothing it is armed", () => {
  expect(whyNotArmed(armed)).toBeNull();
  expect(whyNotArmed({ ...armed, gate: { state: "held", by: "engine" } })).toBeNull();
});

const against: [string, Partial<Arming>, RegExp][] = [
  ["the setting", { autoRollback: "off" }, /off/],
  ["a switch by hand", { kind: "publish" }, /swap only/],
  ["a try in this watch", { automaticRun: "run-1" }, /once/],
  ["a release that it went back from before", { distrusted: ["r1", "r2"] }, /2\.0\.0.*before/],
  ["finish", { old: { ...armed.old, dataState: "scratch" } }, /no way back/],
  ["a paused slot", { old: { ...armed.old, paused: true } }, /paused/],
  ["a slot that is not fed", { old: { ...armed.old, fed: false } }, /lose/],
  ["a way back that nobody measured", { wayBack: null }, /measured/],
  ["a feed that stands still", { wayBack: { lossless: false, reason: "Row 5 does not fit." } }, /Row 5/],
  ["a gate closed by hand", { gate: { state: "closed", by: "person" } }, /by hand/],
  ["somebody's run", { busy: "Ada" }, /Ada/],
];

test.each(against)("not against %s", (_, over, why) => {
  expect(whyNotArmed({ ...armed, ...over })).toMatch(why);
});
