import { describe, expect, test } from "vitest";
import type { Step, StepContext } from "../plan.ts";
import { outline } from "../plan.ts";
import { type Facts, specOf, type World } from "../world.ts";
import { planFor } from "./plan-for.ts";
import type { Domains } from "./publish.ts";

/** Blue is live; testers are on a copy of green. `started` holds the data that a slot was last started on. */
function site({ broken = "" } = {}) {
  const started: Record<string, string> = { green: "preview" };
  const dropped: string[] = [];
  const made: string[] = [];
  const release = (version: string) => ({
    id: version,
    version,
    dir: "/",
    manifest: {
      version,
      processes: { web: "node web.js", worker: "node w.js" },
      health: { path: "/healthz" },
    },
  });
  const facts = {
    app: "shop",
    live: "blue",
    slots: {
      blue: { release: release("1.0.0"), dataState: "authoritative", paused: false, fed: false, port: 4000 },
      green: {
        release: release("1.1.0"),
        dataState: "following",
        paused: false,
        fed: true,
        preview: true,
        port: 4010,
      },
    },
    domains: [{ host: "shop.example", audience: "public" }],
    tuning: { webInstances: 1, stopGraceMs: 1 },
  } as unknown as Facts & { domains: Domains };
  const world = {
    data: [
      {
        name: "postgres",
        capabilities: { holdsWriters: true },
        env: async ({ slot }: { slot: string }, as: string) => ({ DATA: `${slot} ${as}` }),
        clones: {
          preflight: async () => [],
          make: async ({ slot }: { slot: string }) => {
            made.push(slot);
            return { at: new Date(5), bytes: 7, notes: [] };
          },
          drop: async ({ slot }: { slot: string }) => void dropped.push(slot),
        },
      },
    ],
    runtime: {
      capabilities: { processes: true },
      start: async ({ slot, env }: { slot: string; env: Record<string, string> }) => {
        if (broken === slot) throw new Error("does not start");
        started[slot] = env.DATA!.split(" ")[1]!;
      },
      stop: async ({ slot }: { slot: string }) => {
        started[slot] = "stopped";
      },
    },
    variables: async () => ({}),
  } as unknown as World;
  return { world, facts, started, dropped, made };
}

const context = {
  token: 1,
  signal: new AbortController().signal,
  detail: () => undefined,
} as unknown as StepContext;
const step = (steps: Step[], name: string) => steps.find((each) => each.name === name)!;
const LEAVE = "move green back to its own data";

describe("leaving the testers' copy", () => {
  test.each([
    ["swap", {}],
    ["sync", { mode: "stream" }],
    ["deploy", { slot: "green", source: { kind: "release", id: "x" } }],
    ["pause", { slot: "green" }],
    ["publish", { slot: "green", domain: "shop.example" }],
    ["preview", { end: true }],
  ] as const)("%s moves the slot onto its own data first and deletes the copy last", async (verb, input) => {
    const it = site();
    const plan = planFor(verb, it.world, it.facts, { ...input });
    const names = outline(plan).map(({ name }) => name);
    const leaves = names.indexOf(LEAVE);
    expect(leaves).toBeGreaterThanOrEqual(0);
    expect(names.slice(0, leaves).filter((name) => name.includes("green"))).toEqual([]);
    expect(names.at(-1)).toBe("delete the testers' copy");
    const leave = step(plan.before, LEAVE);
    await leave.act(context);
    expect(it.started.green).toBe("app");
    await leave.undo!(context);
    expect(it.started.green).toBe("preview");
    expect(it.dropped).toEqual([]);
    await plan.after.at(-1)!.act(context);
    expect(it.dropped).toEqual(["green"]);
  });

  test("a copy that there is no room for is refused before anything is touched", async () => {
    const it = site();
    const finding = { code: "no-room", severity: "refuse" as const, what: "No room.", remedy: "Make some." };
    it.world.data[0]!.clones!.preflight = async () => [finding];
    const plan = planFor("preview", it.world, it.facts, {});
    await expect(plan.before[0]!.act(context)).rejects.toThrow("No room.");
    expect(plan.before[0]!.name).toBe("preflight");
    expect(it.made).toEqual([]);
    expect(it.started.green).toBe("preview");
  });

  test("what starts a slot that goes live never starts it on a copy", async () => {
    const it = site();
    const plan = planFor("swap", it.world, it.facts, {});
    for (const name of [LEAVE, "start green"]) {
      await step(plan.before, name).act(context);
      expect(it.started.green).toBe("app");
    }
    await step(plan.after, "start workers").act(context);
    expect(it.started.green).toBe("app");
    expect(plan.change(context).slots!.green).toMatchObject({ dataState: "authoritative", preview: null });
    const gone = { ...it.facts, live: "green" as const };
    for (const asked of [
      { facts: gone, scope: undefined },
      { facts: it.facts, scope: "live" as const },
    ]) {
      const spec = await specOf(it.world, asked.facts, "green", asked.facts.slots.green.release!, asked);
      expect(spec.env.DATA).toBe("green app");
    }
  });

  test.each([
    ["restart", { slot: "green" }],
    ["restart", { slot: "blue" }],
    ["pause", { slot: "blue" }],
    ["publish", { slot: "green", domain: "try.example", audience: "staging" }],
    ["unpublish", { domain: "shop.example" }],
  ] as const)("%s %j leaves testers where they are", (verb, input) => {
    const it = site();
    const plan = planFor(verb, it.world, it.facts, { ...input });
    expect(outline(plan).map(({ name }) => name)).not.toContain(LEAVE);
    expect(plan.change(context).slots?.green?.preview).toBeUndefined();
  });
});

describe("making a copy", () => {
  test("the first one can be taken back, and a slot that does not start on it gets its own data again", async () => {
    const it = site();
    it.facts.slots.green.preview = false;
    const plan = planFor("preview", it.world, it.facts, {});
    await step(plan.before, "stop green").act(context);
    const detail = await step(plan.before, "copy green for testers").act(context);
    expect(detail).toEqual({ at: new Date(5).toISOString(), bytes: 7, notes: [] });
    await step(plan.before, "start green on the copy").act(context);
    expect(it.started.green).toBe("preview");
    expect(plan.change({ ...context, detail: () => detail }).slots!.green).toEqual({
      preview: { at: new Date(5), bytes: 7 },
    });
    for (const each of plan.before.toReversed()) await each.undo?.(context);
    expect(it.started.green).toBe("app");
    expect(it.dropped).toEqual(["green"]);
  });

  test("a newer one leaves the testers on theirs until it is whole", async () => {
    const it = site();
    const plan = planFor("preview", it.world, it.facts, {});
    expect(plan.before.map(({ name }) => name)).not.toContain("stop green");
    await step(plan.before, "copy green for testers").act(context);
    for (const each of plan.before.toReversed()) await each.undo?.(context);
    expect(it.started.green).toBe("preview");
    expect(it.dropped).toEqual([]);
  });

  test("is refused where a store can't make one", async () => {
    const it = site();
    const world = { ...it.world, data: [{ name: "folders" }] } as unknown as World;
    const plan = planFor("preview", world, it.facts, {});
    await expect(step(plan.before, "preflight").act(context)).rejects.toMatchObject({ code: "no-clone" });
  });
});
