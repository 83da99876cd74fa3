import { expect, test } from "vitest";
import { releasesToPrune } from "./prune.ts";

const MB = 1_000_000;
const release = (id: string, bytes: number | null = 10 * MB) => ({ id, version: id, bytes });
const newestFirst = ["e", "d", "c", "b", "a"].map((id) => release(id));
const loose = { keepReleases: 50, keepReleaseBytes: 1_000 * MB, minFreeBytes: 100 * MB };
const ask = (keep: string[], freeBytes: number | null = 500 * MB) => ({ keep: new Set(keep), freeBytes });

test("nothing goes while there is room", () => {
  expect(releasesToPrune(newestFirst, loose, ask(["e"]))).toEqual([]);
});

test("by count the oldest go, but never one that is needed", () => {
  expect(releasesToPrune(newestFirst, { ...loose, keepReleases: 3 }, ask(["e", "a"]))).toEqual(["b", "c"]);
});

test("by bytes the oldest go until the rest fits", () => {
  expect(releasesToPrune(newestFirst, { ...loose, keepReleaseBytes: 35 * MB }, ask(["e"]))).toEqual([
    "a",
    "b",
  ]);
});

test("a disk that is nearly full takes old ones with it, and only as many as it needs", () => {
  expect(releasesToPrune(newestFirst, loose, ask(["e"], 85 * MB))).toEqual(["a", "b"]);
});

test("what is needed stays, whatever the limits say", () => {
  const none = { keepReleases: 2, keepReleaseBytes: 0, minFreeBytes: 1e15 };
  expect(releasesToPrune(newestFirst, none, ask(["a", "e"], 0))).toEqual(["b", "c", "d"]);
  expect(releasesToPrune([release("a", null)], none, ask(["a"], null))).toEqual([]);
});
