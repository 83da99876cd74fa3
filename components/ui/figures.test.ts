import { expect, test } from "vitest";
import { bytes, counted, duration, elapsed, rate } from "./figures.ts";

test("bytes change the unit before they need four digits", () => {
  expect([0, 512, 999, 1000, 1240, 84_000_000, 999_600_000].map(bytes)).toEqual([
    "0 B",
    "512 B",
    "999 B",
    "1.0 kB",
    "1.2 kB",
    "84 MB",
    "1.0 GB",
  ]);
});

test("durations read as people say them", () => {
  expect([0, 28, 999.7, 1240, 9_960, 59_400, 60_000, 185_000, 3_600_000, 3_900_000].map(duration)).toEqual([
    "0 ms",
    "28 ms",
    "1.0 s",
    "1.2 s",
    "10 s",
    "59 s",
    "1 min",
    "3 min 5 s",
    "1 h",
    "1 h 5 min",
  ]);
});

test("a clock that is behind the server's never shows a negative time", () => {
  expect(elapsed(-2_000)).toBe("0:00");
  expect(duration(-5)).toBe("0 ms");
});

test("counts carry their noun", () => {
  expect(counted(1, "row")).toBe("1 row");
  expect(counted(26_192, "row")).toBe("26,192 rows");
  expect(rate(0.42)).toBe("0.4");
  expect(rate(0)).toBe("0");
});
