import { expect, test } from "vitest";
import { forecastFed } from "./forecast.ts";

test("a switch by a feed is expected to take what the middle one of the last took", () => {
  expect(forecastFed([60])).toEqual({ windowMs: 60, switches: 1 });
  expect(forecastFed([50, 900, 60])).toEqual({ windowMs: 60, switches: 3 });
  expect(forecastFed([100, 9, 50, 61])).toEqual({ windowMs: 56, switches: 4 });
});

test("without an earlier one nothing is announced", () => {
  expect(forecastFed([])).toBeNull();
});
