import { expect, test } from "vitest";
import { receiptEntry } from "../cockpit/testing.ts";
import { describeTrend } from "./trend-words.ts";

test("the trend says the last window, the median and the longest", () => {
  expect(describeTrend([])).toBe("Windows: none measured yet.");
  const windows = [40, 900, 60].map((windowMs) => receiptEntry({ windowMs }));
  expect(describeTrend(windows)).toBe("Windows of 3 switches: last 40 ms, median 60 ms, longest 900 ms.");
  expect(describeTrend([receiptEntry({ windowMs: null })])).toContain("none measured");
});
