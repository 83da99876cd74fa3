import { expect, test } from "vitest";
import type { RecordedStep, Step, StepContext } from "../plan.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { detailOf, together } from "./together.ts";

const context = {} as StepContext;
const log: string[] = [];
const part = (name: string, act: () => Promise<undefined> = async () => undefined): Step => ({
  name,
  phase: "window",
  act: async () => {
    log.push(name);
    await act();
    return { of: name };
  },
  undo: async () => void log.push(`undo ${name}`),
});

test("lists keep their order, and each part's detail can be found", async () => {
  log.length = 0;
  const step = together(new VirtualClock(), "both", [part("a"), [part("b"), part("c")]]);
  const detail = await step.act(context);
  expect(log).toEqual(["a", "b", "c"]);
  const recorded = [{ name: "both", detail } as unknown as RecordedStep];
  expect(detailOf(recorded, "c")).toMatchObject({ of: "c" });
  expect(detailOf(recorded, "d")).toBeUndefined();
});

test("a part that fails fails all, but only when every other has ended", async () => {
  log.length = 0;
  let end = () => {};
  const slow = part("slow", () => new Promise((resolve) => (end = () => resolve(undefined))));
  const step = together(new VirtualClock(), "both", [
    part("bad", async () => {
      throw new Error("no");
    }),
    slow,
  ]);
  let over = false;
  const running = Promise.resolve(step.act(context)).finally(() => (over = true));
  running.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  expect(over).toBe(false);
  end();
  await expect(running).rejects.toThrow("no");
});

test("what is undone is undone last first, and steps without an undo make one without", async () => {
  log.length = 0;
  const step = together(new VirtualClock(), "both", [part("a"), [part("b"), part("c")]]);
  await step.undo?.(context);
  expect(log).toEqual(["undo c", "undo b", "undo a"]);
  const { undo: _, ...plain } = part("plain");
  expect(together(new VirtualClock(), "one", [plain]).undo).toBeUndefined();
});
