import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { roomFor } from "./room.ts";

const copy = { what: "green's uploads", dir: tmpdir(), sharesBlocks: false };

test("a copy that leaves room is nothing to speak of, nor is a disk that can't be looked at", async () => {
  expect(await roomFor({ ...copy, bytes: 0 })).toEqual([]);
  expect(await roomFor({ ...copy, dir: "/nowhere/at/all", bytes: Number.MAX_SAFE_INTEGER })).toEqual([]);
});

test("one that does not fit is refused with how much more would do", async () => {
  const [finding, ...more] = await roomFor({ ...copy, bytes: 1e18 });
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ code: "no-room", severity: "refuse" });
  expect(finding?.what).toMatch(
    /^A copy of green's uploads needs 1000000000000 MB, and its disk has \d+ MB free/,
  );
  expect(finding?.remedy).toMatch(/^Make room: \d+ MB more would do\.$/);
});
