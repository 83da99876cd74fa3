import fc from "fast-check";
import { expect, test } from "vitest";
import { closeFrame, FrameTracker } from "./frames.ts";

/** A WebSocket frame with a payload of `size` bytes. */
function frame(size: number, masked: boolean): Buffer {
  const length =
    size < 126
      ? [size]
      : size < 65_536
        ? [126, size >> 8, size & 255]
        : [127, 0, 0, 0, 0, 0, size >> 16, (size >> 8) & 255, size & 255];
  length[0]! |= masked ? 0x80 : 0;
  return Buffer.concat([
    Buffer.from([0x82, ...length, ...(masked ? [1, 2, 3, 4] : [])]),
    Buffer.alloc(size, 0xff),
  ]);
}

const size = fc.oneof(
  fc.integer({ min: 0, max: 130 }),
  fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000),
);
const frames = fc.array(fc.tuple(size, fc.boolean()), { minLength: 1, maxLength: 6 });

test("it knows after every byte count whether a frame ends there, however the bytes are cut", () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 20 }), (list, cuts) => {
      const all = list.map(([bytes, masked]) => frame(bytes, masked));
      const ends = new Set([0]);
      let at = 0;
      for (const each of all) {
        at += each.length;
        ends.add(at);
      }
      const bytes = Buffer.concat(all);
      const tracker = new FrameTracker();
      at = 0;
      for (const cut of [...cuts, bytes.length]) {
        tracker.push(bytes.subarray(at, at + cut));
        at = Math.min(bytes.length, at + cut);
        expect(tracker.betweenFrames).toBe(ends.has(at));
      }
    }),
    { numRuns: 200 },
  );
});

test("it stops at the first boundary in a chunk", () => {
  const tracker = new FrameTracker();
  const bytes = Buffer.concat([frame(300, false), frame(5, true)]);
  tracker.push(bytes.subarray(0, 3));
  expect(tracker.pushToBoundary(bytes.subarray(3))).toBe(301);
  expect(tracker.betweenFrames).toBe(true);
  expect(tracker.pushToBoundary(bytes.subarray(304, 306))).toBe(2);
  expect(tracker.betweenFrames).toBe(false);
});

test("the close frame says 1012, masked towards a server", () => {
  expect([...closeFrame("client")]).toEqual([0x88, 2, 3, 0xf4]);
  expect([...closeFrame("server")]).toEqual([0x88, 0x82, 0, 0, 0, 0, 3, 0xf4]);
});
