import { connect } from "node:net";
import { expect, test } from "vitest";
import { carryLarge, MB, startAlone } from "./testing/large.ts";
import { type Handler, PUBLIC, until } from "./testing.ts";

test("160 MB down and 160 MB up arrive whole without the gateway keeping them", async () => {
  const { down, up, grewBy } = await carryLarge(160 * MB, true);
  expect([...down, ...up]).toEqual([160 * MB, 160 * MB]);
  // Node collects buffers once there are 64 MB of them.
  expect(grewBy / MB).toBeLessThan(128);
});

/** Watches a count until it has stood still for a while, and returns it. */
async function settled(count: () => number): Promise<number> {
  let last = -1;
  await until(async () => {
    const still = last === count() && last > 0;
    last = count();
    await new Promise((resolve) => setTimeout(resolve, 150));
    return still;
  });
  return last;
}

test("a client that stops reading stops the slot, and one that goes on gets the rest", async () => {
  let written = 0;
  const pours: Handler = (_req, res) => {
    const block = Buffer.alloc(256 * 1024);
    const more = () => {
      while (written < 96 * MB && !res.destroyed) {
        written += block.length;
        if (!res.write(block)) return void res.once("drain", more);
      }
      res.end();
    };
    more();
  };
  const alone = await startAlone(pours);
  const before = alone.memory().now;
  const socket = connect(alone.port, "127.0.0.1");
  socket.write(`GET / HTTP/1.1\r\nhost: ${PUBLIC}\r\nconnection: close\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  expect((await settled(() => written)) / MB).toBeLessThan(40);
  expect((alone.memory().now - before) / MB).toBeLessThan(48);
  let got = 0;
  socket.on("data", (chunk) => {
    got += chunk.length;
  });
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve));
  expect(written).toBe(96 * MB);
  expect(got).toBeGreaterThan(90 * MB);
  await alone.stop();
});

test("a slot that does not read stops the client", async () => {
  const alone = await startAlone((req, res) => {
    if (req.url === "/read") res.end();
  });
  const before = alone.memory().now;
  const socket = connect(alone.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`POST / HTTP/1.1\r\nhost: ${PUBLIC}\r\ncontent-length: ${96 * MB}\r\n\r\n`);
  const block = Buffer.alloc(256 * 1024);
  const more = () => {
    while (socket.bytesWritten + socket.writableLength < 96 * MB && socket.write(block));
  };
  socket.on("drain", more);
  more();
  expect((await settled(() => socket.bytesWritten)) / MB).toBeLessThan(40);
  expect((alone.memory().now - before) / MB).toBeLessThan(48);
  socket.destroy();
  await alone.stop();
});
