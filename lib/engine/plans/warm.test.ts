import { expect, test } from "vitest";
import type { DataState } from "../model.ts";
import type { Step, StepContext } from "../plan.ts";
import { outline } from "../plan.ts";
import type { RuntimeDriver, WarmedPath } from "../ports.ts";
import type { Facts, World } from "../world.ts";
import { restartPlan } from "./restart.ts";
import { swapPlan } from "./swap.ts";
import { warm } from "./warm.ts";

type Asked = Parameters<NonNullable<RuntimeDriver["warm"]>>[1];

const answered = (path: string, more: Partial<WarmedPath> = {}): WarmedPath => ({
  path,
  good: 2,
  bad: 0,
  firstMs: 812.44,
  lastMs: 14.06,
  status: 200,
  why: null,
  ...more,
});

/** An app whose green release is to be warmed; `answer` is what each path of each process comes to. */
function site(options: { paths?: string[]; instances?: number; state?: DataState; canWarm?: boolean } = {}) {
  const { paths = ["/", "/products"], instances = 1, state = "scratch", canWarm = true } = options;
  const asked: Asked[] = [];
  const gateway: unknown[] = [];
  let answer = (path: string): WarmedPath => answered(path);
  const release = (version: string) => ({
    id: version,
    version,
    dir: "/",
    manifest: { version, processes: { web: "node web.js" }, health: { path: "/healthz" }, warm: paths },
  });
  const slot = (version: string, dataState: DataState, port: number) => ({
    release: release(version),
    dataState,
    paused: false,
    port,
  });
  const facts = {
    app: "shop",
    live: "blue",
    slots: { blue: slot("1.0.0", "authoritative", 4000), green: slot("1.1.0", state, 4010) },
    tuning: { warmMs: 10_000, webInstances: instances, windowMs: 1, drainMs: 1 },
  } as unknown as Facts;
  const world = {
    clock: { now: () => 0 },
    data: [],
    runtime: {
      capabilities: { processes: true },
      ...(canWarm && {
        async warm(_: unknown, options: Asked) {
          asked.push(options);
          return options.paths.map((path) => answer(path));
        },
      }),
    },
    variables: async () => ({}),
    routes: async () => ({
      domains: [
        { host: "staging.shop.example", audience: "staging" },
        { host: "shop.example", audience: "public" },
      ],
    }),
    gateways: {
      hold: async (request: { readsGoOn?: boolean }) => void gateway.push({ hold: request.readsGoOn }),
      drain: async (_: string, request: { readsGoOn?: boolean }) =>
        void gateway.push({ drain: request.readsGoOn }),
    },
  } as unknown as World;
  return {
    world,
    facts,
    asked,
    gateway,
    answers(other: typeof answer) {
      answer = other;
    },
  };
}

const context = (log: string[] = []): StepContext => ({
  runId: "r",
  token: 1,
  signal: new AbortController().signal,
  remainingMs: () => Number.POSITIVE_INFINITY,
  detail: () => undefined,
  progress: () => {},
  log: (line) => log.push(line),
});

test("every web process is asked for the health path and the named ones, as visitors ask", async () => {
  const it = site({ instances: 2 });
  const [step] = warm(it, "green") as [Step];
  expect(step).toMatchObject({ name: "warm green", phase: "before" });
  const detail = await step.act(context());
  const paths = ["/healthz", "/", "/products"];
  expect(it.asked).toMatchObject([
    { process: "web", host: "shop.example", paths, timeoutMs: 10_000 },
    { process: "web.2", host: "shop.example", paths, timeoutMs: 10_000 },
  ]);
  expect(detail!.warnings).toEqual([]);
  expect(detail!.paths).toHaveLength(6);
  expect(detail!.paths).toContainEqual({
    process: "web.2",
    path: "/products",
    tries: 2,
    status: 200,
    firstMs: 812.4,
    lastMs: 14.1,
  });
});

test("what did not answer or was late to be well is a warning, told and logged", async () => {
  const it = site({ paths: ["/slow", "/shaky"] });
  it.answers((path) => {
    if (path === "/slow") return answered(path, { good: 0, status: null, why: "no answer in time" });
    if (path === "/shaky") return answered(path, { good: 1, bad: 3, status: 500 });
    return answered(path);
  });
  const log: string[] = [];
  const detail = await warm(it, "green")[0]!.act(context(log));
  expect(detail!.warnings).toEqual([
    "Warming /slow (web): no answer in time.",
    "Warming /shaky (web): it still answers 500.",
  ]);
  expect(log).toEqual(detail!.warnings);
});

test("a path that never answered but with an error of the server's refuses the swap and says what to do", async () => {
  const it = site();
  it.answers((path) => (path === "/" ? answered(path, { good: 0, bad: 9, status: 500 }) : answered(path)));
  await expect(warm(it, "green")[0]!.act(context())).rejects.toMatchObject({
    code: "warm-failed",
    message: expect.stringContaining("answers 500 on / (web), every time: look at its log"),
    remedy: expect.stringContaining("log of green"),
  });
});

test("the way back is not closed by a page: a resting slot's app can only read", async () => {
  const it = site({ state: "resting" });
  it.answers((path) => answered(path, { good: 0, bad: 9, status: 500 }));
  const detail = await warm(it, "green")[0]!.act(context());
  expect(detail!.warnings).toHaveLength(3);
});

test("without paths, or with a runtime that can't ask, there is no step", () => {
  expect(warm(site({ paths: [] }), "green")).toEqual([]);
  expect(warm(site({ canWarm: false }), "green")).toEqual([]);
});

test("a swap warms after the health check and before the window, and its receipt has the figures", () => {
  const { world, facts } = site();
  const plan = swapPlan(world, facts);
  const names = outline(plan).map(({ name }) => name);
  expect(names.indexOf("warm green")).toBe(names.indexOf("green healthy") + 1);
  expect(names.indexOf("warm green")).toBeLessThan(names.indexOf("hold"));
  const figures = [{ process: "web", path: "/", tries: 2, status: 200, firstMs: 812, lastMs: 14 }];
  const warmed = {
    position: 3,
    name: "warm green",
    phase: "before" as const,
    status: "succeeded" as const,
    startedAt: null,
    finishedAt: null,
    detail: { paths: figures, warnings: ["Warming /slow (web): no answer in time."] },
  };
  expect(plan.receipt!([warmed])).toMatchObject({
    warm: figures,
    notes: ["Warming /slow (web): no answer in time."],
  });
  expect(plan.receipt!([])).toMatchObject({ warm: [], notes: [] });
});

test("reads may go on in a swap, whose live slot stays up, and not in a restart that stops it", async () => {
  const { world, facts, gateway } = site();
  const window = (steps: Step[]) => steps.filter(({ name }) => name === "hold" || name === "drain");
  for (const step of window(swapPlan(world, facts).before)) await step.act(context());
  for (const step of window(restartPlan(world, facts, "blue", { hold: true }).before))
    await step.act(context());
  expect(gateway).toEqual([{ hold: true }, { drain: true }, { hold: undefined }, { drain: undefined }]);
});
