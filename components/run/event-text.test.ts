import { expect, test } from "vitest";
import { eventText, progressShare } from "./event-text.ts";

const event = (type: string, data: Record<string, unknown>) => ({
  seq: 1,
  at: "2026-11-20T10:00:00Z",
  type,
  data,
});

test("events read as lines", () => {
  expect(eventText(event("log", { line: "npm ci done" }))).toBe("npm ci done");
  expect(
    eventText(
      event("progress", { table: "public.orders", rows: 1200, bytes: 5_000_000, bytesTotal: 84_000_000 }),
    ),
  ).toBe("public.orders, 1,200 rows, 5.0 MB of 84 MB");
  expect(eventText(event("undo-failed", { step: "start-workers", error: "no such file" }))).toBe(
    "Start workers: no such file",
  );
  expect(eventText(event("strange", { a: 1 }))).toBe('{"a":1}');
});

test("how far a copy is comes from the newest progress", () => {
  expect(progressShare([event("progress", { bytes: 1, bytesTotal: 4 }), event("log", { line: "x" })])).toBe(
    0.25,
  );
  expect(progressShare([])).toBeNull();
});
