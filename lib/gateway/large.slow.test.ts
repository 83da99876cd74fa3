import { expect, test } from "vitest";
import { carryLarge, MB } from "./testing/large.ts";

test("1 GB down and up, with a length and in chunks, arrive whole without the gateway keeping them", async () => {
  const GB = 1024 * MB;
  const { down, up, grewBy } = await carryLarge(GB);
  expect([...down, ...up]).toEqual([GB, GB, GB, GB]);
  expect(grewBy / MB).toBeLessThan(128);
  console.info(`the gateway's memory grew by ${Math.round(grewBy / MB)} MB`);
});
