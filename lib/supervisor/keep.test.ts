import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keep, type Managed, type Running } from "./keep.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Something that lives until the test says how it ended. */
function scripted() {
  const lives: { die(reason: string): void; stopped: boolean }[] = [];
  const managed: Managed = {
    name: "it",
    async start() {
      const gone = Promise.withResolvers<string>();
      const life = { die: gone.resolve, stopped: false };
      lives.push(life);
      const running: Running = {
        pid: lives.length,
        adopted: false,
        gone: gone.promise,
        async stop() {
          life.stopped = true;
          gone.resolve("SIGTERM");
        },
      };
      return running;
    },
  };
  return { managed, lives };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

test("what dies is started again, later each time, and at once again after it was steady", async () => {
  const { managed, lives } = scripted();
  const keeper = keep(managed, { say: () => {}, changed: () => {} });
  await settle();
  for (const wait of [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]) {
    const before = lives.length;
    lives.at(-1)!.die("exit code 1");
    await vi.advanceTimersByTimeAsync(wait - 1);
    expect(lives).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(lives).toHaveLength(before + 1);
  }
  await vi.advanceTimersByTimeAsync(11_000);
  lives.at(-1)!.die("exit code 1");
  await vi.advanceTimersByTimeAsync(250);
  expect(keeper.status).toMatchObject({ state: "ready", pid: 9, restarts: 8, error: null });
});

test("the same death over and over is said until it was said that it happens again and again", async () => {
  const { managed, lives } = scripted();
  const said: string[] = [];
  keep(managed, { say: (line) => said.push(line), changed: () => {} });
  await settle();
  for (let i = 0; i < 10; i++) {
    lives.at(-1)!.die("exit code 1");
    await vi.advanceTimersByTimeAsync(5_000 / 2 ** Math.max(0, 4 - i));
  }
  const deaths = said.filter((line) => line.includes("died"));
  expect(deaths).toHaveLength(5);
  expect(deaths.at(-1)).toContain("it died 5 times in a row");
  lives.at(-1)!.die("SIGSEGV");
  await settle();
  expect(said.at(-1)).toContain("SIGSEGV");
});

test("a stop ends what runs, and what was just coming up", async () => {
  const { managed, lives } = scripted();
  const running = keep(managed, { say: () => {}, changed: () => {} });
  await settle();
  await running.stop(1_000, new AbortController().signal);
  expect(lives[0]!.stopped).toBe(true);
  expect(running.status.state).toBe("stopped");

  const late = keep(managed, { say: () => {}, changed: () => {} });
  await late.stop(1_000, new AbortController().signal);
  expect(lives).toHaveLength(2);
  expect(lives[1]!.stopped).toBe(true);
});

test("a stop does not wait for the next try", async () => {
  const managed: Managed = { name: "it", start: () => Promise.reject(new Error("no such file")) };
  const keeper = keep(managed, { say: () => {}, changed: () => {} });
  await settle();
  expect(keeper.status).toMatchObject({ state: "backing-off", error: "no such file" });
  await keeper.stop(1_000, new AbortController().signal);
  expect(keeper.status.state).toBe("stopped");
});
