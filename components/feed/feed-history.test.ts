import { expect, test } from "vitest";
import { appView, feedView, slotView } from "../cockpit/testing.ts";
import { addFeedSample, describeLag } from "./feed-history.ts";

const fed = (slot: "blue" | "green", at: string | null, lagMs = 12) => {
  const other = slot === "blue" ? ("green" as const) : ("blue" as const);
  return appView({
    slots: [
      slotView({ slot: other, role: "live" }),
      slotView({ slot, role: "idle", feed: feedView({ from: other, at, lagMs }) }),
    ],
  });
};
const second = (value: number) => `2026-11-20T10:00:0${value}.000Z`;

test("one point for each look, and none for the same look told twice", () => {
  let history = addFeedSample([], fed("green", null));
  expect(history).toEqual([]);
  for (const at of [second(0), second(0), second(2)]) history = addFeedSample(history, fed("green", at));
  expect(history.map(({ at }) => at)).toEqual([second(0), second(2)]);
});

test("a feed that was turned round begins anew, and one that ended leaves nothing", () => {
  const before = addFeedSample([], fed("green", second(4)));
  expect(addFeedSample(before, fed("blue", second(2))).map(({ to }) => to)).toEqual(["blue"]);
  expect(addFeedSample(before, fed("blue", null))).toEqual([]);
  expect(addFeedSample(before, appView())).toEqual([]);
});

test("five minutes are kept", () => {
  let history = addFeedSample([], fed("green", second(0)));
  for (let each = 1; each < 400; each++) {
    const at = new Date(Date.parse(second(0)) + each * 2_000).toISOString();
    history = addFeedSample(history, fed("green", at));
  }
  expect(history).toHaveLength(150);
});

test("the chart in words", () => {
  expect(describeLag([])).toContain("nothing measured yet");
  const history = [second(0), second(4)].map((at, index) => ({
    at,
    to: "green" as const,
    lagMs: 10 + index * 1990,
  }));
  expect(describeLag(history)).toBe(
    "How far the feed is behind, last 4.0 s: now 2.0 s, least 10 ms, most 2.0 s.",
  );
});
