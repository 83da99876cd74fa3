import { expect, test } from "vitest";
import { absolute, relative } from "./time-words.ts";

test("a time is told by its distance", () => {
  const now = Date.parse("2026-11-20T19:12:22Z");
  const ago = (ms: number) => relative(now - ms, now);
  expect([0, -3_000, 41_000, 200_000, 7_300_000, 200_000_000, -8_000_000].map(ago)).toEqual([
    "just now",
    "just now",
    "41 s ago",
    "3 min ago",
    "2 h ago",
    "2 d ago",
    "in 2 h",
  ]);
});

test("the server writes UTC and says so", () => {
  expect(absolute(Date.parse("2026-11-20T19:12:22Z"), "UTC")).toBe("20 Nov 2026, 19:12:22 UTC");
});
