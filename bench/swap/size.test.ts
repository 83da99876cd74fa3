import { expect, it } from "vitest";
import { parseSize, showSize } from "./size.ts";

it("reads sizes and shows them", () => {
  expect(["10MB", "1gb", "1.5 GB", "512KB"].map(parseSize)).toEqual([
    10 * 1024 ** 2,
    1024 ** 3,
    1.5 * 1024 ** 3,
    512 * 1024,
  ]);
  expect(["", "10", "MB", "-1MB", "1TB!"].map(parseSize)).toEqual([null, null, null, null, null]);
  expect([100, 10 * 1024 ** 2, 1.25 * 1024 ** 3].map(showSize)).toEqual(["0.1 KB", "10 MB", "1.3 GB"]);
});
