import { expect, test } from "vitest";
import { type KeyRing, newKey, seal, unseal } from "./seal.ts";

function ring(): KeyRing {
  const { id, key } = newKey();
  return { current: id, keys: { [id]: key } };
}

test("what was sealed comes back, and looks different each time", () => {
  const keys = ring();
  const sealed = [seal(keys, "pässword", "variable/a"), seal(keys, "pässword", "variable/a")];
  expect(sealed[0]).not.toBe(sealed[1]);
  for (const value of sealed) expect(unseal(keys, value, "variable/a")).toBe("pässword");
});

test("a value that was changed, moved to another row or sealed with a lost key is refused", () => {
  const keys = ring();
  const sealed = seal(keys, "x", "variable/a");
  expect(() => unseal(keys, sealed, "variable/b")).toThrow();
  const middle = sealed.length - 6;
  const other = sealed[middle] === "A" ? "B" : "A";
  const changed = `${sealed.slice(0, middle)}${other}${sealed.slice(middle + 1)}`;
  expect(() => unseal(keys, changed, "variable/a")).toThrow();
  expect(() => unseal(ring(), sealed, "variable/a")).toThrow("restore it");
});
