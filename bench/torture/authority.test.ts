import { expect, test } from "vitest";
import type { SlotName } from "#lib/engine/model.ts";
import { type SwitchSpan, unlawful } from "./authority.ts";

const commit = (slot: SlotName, at: number, tookMs = 1) => ({
  slot,
  ref: `${slot}-${at}`,
  sentAt: at,
  ackedAt: at + tookMs,
});
const there: SwitchSpan = { from: "blue", to: "green", askedAt: 100, overAt: 200, committed: true };
const back: SwitchSpan = { from: "green", to: "blue", askedAt: 300, overAt: 400, committed: true };
const refs = (commits: { ref: string }[]) => commits.map(({ ref }) => ref);

test("one after the other is lawful, there and back", () => {
  const commits = [
    ...[commit("blue", 50), commit("blue", 130), commit("green", 140)],
    ...[commit("green", 250), commit("green", 320), commit("blue", 330), commit("blue", 500)],
  ];
  expect(unlawful(commits, "blue", [there, back])).toEqual([]);
});

test("two that overlap are not proven to be out of order", () => {
  expect(unlawful([commit("blue", 150, 10), commit("green", 145, 10)], "blue", [there])).toEqual([]);
});

test("the old slot may not accept after the new one did", () => {
  const commits = [commit("blue", 130), commit("green", 140), commit("blue", 150), commit("green", 160)];
  expect(refs(unlawful(commits, "blue", [there]))).toEqual(["blue-150"]);
});

test("between switches only the live slot may accept", () => {
  const commits = [commit("green", 50), commit("blue", 250), commit("green", 450)];
  expect(refs(unlawful(commits, "blue", [there, back]))).toEqual(["green-50", "blue-250", "green-450"]);
});

test("in a switch that was taken back the other slot may accept nothing", () => {
  const commits = [commit("blue", 120), commit("green", 150), commit("blue", 180), commit("blue", 250)];
  expect(refs(unlawful(commits, "blue", [{ ...there, committed: false }]))).toEqual(["green-150"]);
});

test("a failed try before the switch changes nothing about its order", () => {
  const tried = { ...there, askedAt: 60, overAt: 90, committed: false };
  const commits = [commit("green", 70), commit("blue", 110), commit("green", 120), commit("blue", 130)];
  expect(refs(unlawful(commits, "blue", [tried, there]))).toEqual(["green-70", "blue-130"]);
});

test("what testers write on scratch data does not count, and only on that slot", () => {
  const scratch = [{ slot: "green" as const, from: Number.NEGATIVE_INFINITY, to: 150 }];
  const commits = [commit("green", 50), commit("green", 120), commit("blue", 130), commit("green", 160)];
  expect(unlawful(commits, "blue", [there], scratch)).toEqual([]);
  expect(refs(unlawful([...commits, commit("blue", 170)], "blue", [there], scratch))).toEqual(["blue-170"]);
});
