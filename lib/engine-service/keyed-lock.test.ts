import { expect, test } from "vitest";
import { KeyedLock } from "./keyed-lock.ts";

test("one at a time per key, in the order in which they were asked for, and keys do not wait for each other", async () => {
  const lock = new KeyedLock();
  const seen: string[] = [];
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = lock.run("a", async () => {
    await gate;
    seen.push("first");
  });
  const second = lock.run("a", async () => seen.push("second"));
  await lock.run("b", async () => seen.push("other"));
  expect([lock.taken("a"), lock.taken("b")]).toEqual([true, false]);
  open();
  await Promise.all([first, second]);
  expect(seen).toEqual(["other", "first", "second"]);
  expect(lock.taken("a")).toBe(false);
});

test("what fails lets the next one go", async () => {
  const lock = new KeyedLock();
  const failing = lock.run("a", () => Promise.reject(new Error("no")));
  const next = lock.run("a", async () => "went");
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("went");
  expect(lock.taken("a")).toBe(false);
});
