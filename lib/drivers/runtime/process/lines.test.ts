import { expect, test } from "vitest";
import { lineSplitter, MAX_LINE_BYTES } from "./lines.ts";

test("lines come out whole however their bytes are cut", () => {
  const bytes = Buffer.from("grün\nzwei\n\nrest");
  const splitter = lineSplitter();
  const lines = [...bytes].flatMap((byte) => splitter.push(Uint8Array.of(byte)));
  expect([...lines, ...splitter.end()]).toEqual(["grün", "zwei", "", "rest"]);
});

test("a line longer than the limit loses its rest and says so; the next one is whole", () => {
  const splitter = lineSplitter();
  expect(splitter.push(Buffer.alloc(MAX_LINE_BYTES * 3, "x"))).toEqual([]);
  const [long, next] = splitter.push(Buffer.from("y\nnext\n"));
  expect(long).toBe(`${"x".repeat(MAX_LINE_BYTES)} …`);
  expect(next).toBe("next");
});
