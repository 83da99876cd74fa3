import { expect, test } from "vitest";
import type { WatchView } from "#lib/operations/views.ts";
import { nextAction } from "./next-action.ts";
import { appView, feedView, release, runSummary, slotView } from "./testing.ts";

const blue = (over = {}) =>
  slotView({
    slot: "blue",
    role: "live",
    release: release("1.0.0", "2026-11-20T09:00:00.000Z"),
    dataState: "authoritative",
    ...over,
  });
const green = (over = {}) =>
  slotView({
    slot: "green",
    role: "idle",
    release: release("1.1.0", "2026-11-20T10:00:00.000Z"),
    dataState: "scratch",
    ...over,
  });
const staging = {
  host: "staging.localhost",
  audience: "staging",
  url: "http://staging.localhost",
  reaches: "green",
} as const;

test("the way round is deploy, sync, preview, swap, finish, deploy", () => {
  const synced = { syncedAt: "2026-11-20T10:05:00.000Z" };
  const states = [
    appView(),
    appView({ slots: [blue(), green()] }),
    appView({ slots: [blue(), green(synced)] }),
    appView({ slots: [blue(), green(synced)], domains: [...appView().domains, staging] }),
    appView({
      slots: [
        blue({ release: release("1.1.0", "2026-11-20T10:00:00.000Z") }),
        green({ release: release("1.0.0", "2026-11-20T09:00:00.000Z"), dataState: "resting" }),
      ],
    }),
    appView({
      slots: [
        blue({ release: release("1.1.0", "2026-11-20T10:00:00.000Z") }),
        green({ release: release("1.0.0", "2026-11-20T09:00:00.000Z") }),
      ],
    }),
  ];
  expect(states.map((state) => nextAction(state).stage)).toEqual([
    "deploy",
    "sync",
    "preview",
    "swap",
    "finish",
    "deploy",
  ]);
});

test("while the new release is bad for visitors the way back comes first, if there is one", () => {
  const slots = [
    blue({ release: release("1.1.0", "2026-11-20T10:00:00.000Z") }),
    green({ release: release("1.0.0", "2026-11-20T09:00:00.000Z"), dataState: "resting" }),
  ];
  const safe = { ...appView().safeToRollBack, ok: true, lossless: true };
  const after = (verdict: WatchView["verdict"], safeToRollBack = safe, slot: "blue" | "green" = "blue") =>
    nextAction(appView({ slots, safeToRollBack, watch: { slot, verdict } as WatchView }));
  expect(after("bad")).toMatchObject({ verb: "rollback", label: "Roll back to green" });
  expect(after("bad").why).toBe("1.1.0 is bad for visitors. You can go back to 1.0.0, and lose nothing.");
  expect(after("worse").verb).toBe("finish");
  expect(after("bad", { ...safe, ok: false }).verb).toBe("finish");
  expect(after("bad", safe, "green").verb).toBe("finish");
});

test("a new app is deployed to, then put live", () => {
  const empty = appView({
    live: null,
    idle: "blue",
    slots: [slotView({ slot: "blue", role: "idle" }), slotView({ slot: "green", role: "idle" })],
  });
  expect(nextAction(empty)).toMatchObject({ verb: "deploy", input: { slot: "blue" } });
  const deployed = { ...empty, slots: [blue({ role: "idle", dataState: "scratch" }), empty.slots[1]!] };
  expect(nextAction(deployed)).toMatchObject({
    verb: "publish",
    input: { slot: "blue", audience: "public" },
  });
});

test("while a run is on, nothing else is offered", () => {
  expect(nextAction(appView({ activeRun: runSummary({ status: "running" }) })).verb).toBeNull();
});

test("a gate that a person closed comes first", () => {
  const app = appView({ gate: { state: "closed", by: "person", message: null, since: null } });
  expect(nextAction(app)).toMatchObject({ verb: "maintenance", input: { on: false } });
});

test("a live slot that is paused is resumed, or its copy is published", () => {
  expect(nextAction(appView({ slots: [blue({ paused: true }), green()] }))).toMatchObject({
    verb: "resume",
    input: { slot: "blue" },
  });
  expect(
    nextAction(appView({ slots: [blue({ paused: true }), green({ dataState: "following" })] })),
  ).toMatchObject({
    verb: "publish",
    input: { slot: "green" },
  });
});

test("a feed that runs leads to the swap, and one that does not to another sync", () => {
  const domains = [...appView().domains, staging];
  const fed = (over: object) =>
    nextAction(
      appView({
        domains,
        slots: [
          blue(),
          green({
            dataState: "following",
            syncedAt: "2026-11-20T10:05:00.000Z",
            feed: feedView({ from: "blue", ...over }),
          }),
        ],
      }),
    );
  expect(fed({})).toMatchObject({ verb: "swap", why: expect.stringContaining("follows the live data") });
  expect(fed({ state: "starting" }).verb).toBe("swap");
  for (const over of [{ state: "stopped" }, { state: "lost" }, { schemaChanges: ["A table was added."] }])
    expect(fed(over)).toMatchObject({ verb: "sync", stage: "sync" });
});

test("testers of a fed slot may write once they have a copy, and only then", () => {
  const why = (preview: { at: string; bytes: number } | null) =>
    nextAction(
      appView({
        domains: [...appView().domains, staging],
        slots: [
          blue(),
          green({
            dataState: "following",
            syncedAt: "2026-11-20T10:05:00.000Z",
            feed: feedView({ from: "blue" }),
            preview,
          }),
        ],
      }),
    ).why;
  expect(why(null)).toContain("testers may only read");
  expect(why({ at: "2026-11-20T10:06:00.000Z", bytes: 1 })).toContain("testers write into their copy");
  expect(why({ at: "2026-11-20T10:06:00.000Z", bytes: 1 })).not.toContain("only read");
});

test("after a rollback the release that was left is not offered again", () => {
  const app = appView({
    slots: [blue(), green({ syncedAt: "2026-11-20T10:05:00.000Z" })],
    recentRuns: [runSummary({ kind: "rollback" }), runSummary({ kind: "swap" })],
  });
  expect(nextAction(app).verb).toBe("deploy");
});
