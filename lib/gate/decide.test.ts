import { describe, expect, test } from "vitest";
import { decide, type GateQuestion } from "./decide.ts";
import type { LockReading } from "./lock-state.ts";
import { type AppRoutes, DEFAULT_LIMITS } from "./routes.ts";

const NOW = 1_800_000_000_000;
const absent: LockReading = { kind: "absent" };
const bare: LockReading = { kind: "bare" };
const engine = (holdUntil: number, expiresAt: number, touched = false): LockReading => ({
  kind: "lock",
  touched,
  lock: { runId: "r1", token: 3, holdUntil, expiresAt, createdAt: NOW - 1000 },
});
const person = (lock: object): LockReading => ({ kind: "lock", touched: false, lock });

const routes: AppRoutes = {
  app: "shop",
  version: 1,
  domains: [],
  live: "blue",
  stagingAccess: "open",
  slots: [
    {
      slot: "blue",
      targets: [{ scheme: "http", host: "127.0.0.1", port: 1 }],
      release: "a",
      paused: false,
      assets: [],
    },
    {
      slot: "green",
      targets: [{ scheme: "http", host: "127.0.0.1", port: 2 }],
      release: "b",
      paused: false,
      assets: [],
    },
  ],
  healthPath: "/healthz",
  reads: "hold",
  limits: DEFAULT_LIMITS,
};

const ask = (
  own: LockReading,
  more: Partial<GateQuestion> & { all?: LockReading; window?: LockReading } = {},
) => {
  const { all = absent, window = absent, ...rest } = more;
  return decide({
    routes,
    audience: "public",
    locks: { app: own, all, window },
    method: "GET",
    path: "/",
    stream: false,
    now: NOW,
    ...rest,
  });
};

describe("the gate's table", () => {
  test("no lock: public reaches the live slot, staging the idle one", () => {
    expect(ask(absent)).toMatchObject({ act: "pass", slot: { slot: "blue" } });
    expect(ask(absent, { audience: "staging" })).toMatchObject({ act: "pass", slot: { slot: "green" } });
  });

  test("a bare lock closes the public domains and leaves staging", () => {
    expect(ask(bare)).toMatchObject({ act: "refuse", reason: "maintenance", retryAfter: 60 });
    expect(ask(bare, { audience: "staging" })).toMatchObject({ act: "pass", slot: { slot: "green" } });
  });

  test("the lock for everything closes an app that has none of its own", () => {
    expect(ask(absent, { all: bare })).toMatchObject({ act: "refuse" });
  });

  test("a person's message and retry-after are passed on", () => {
    expect(ask(person({ message: "Back at 9", retryAfter: 600 }))).toEqual({
      act: "refuse",
      reason: "maintenance",
      message: "Back at 9",
      retryAfter: 600,
      runId: null,
    });
  });

  test("an engine's lock holds both audiences until holdUntil, closes until expiresAt, and is absent from then on", () => {
    for (const audience of ["public", "staging"] as const) {
      expect(ask(engine(NOW + 1, NOW + 9000), { audience })).toEqual({
        act: "wait",
        until: NOW + 1,
        runId: "r1",
      });
      expect(ask(engine(NOW, NOW + 9000), { audience })).toMatchObject({
        act: "refuse",
        retryAfter: 9,
        runId: "r1",
      });
      expect(ask(engine(NOW - 5, NOW), { audience })).toMatchObject({ act: "pass" });
    }
  });

  test("a person's lock with holdUntil makes public wait and leaves staging", () => {
    expect(ask(person({ holdUntil: NOW + 50 }))).toEqual({ act: "wait", until: NOW + 50, runId: null });
    expect(ask(person({ holdUntil: NOW + 50 }), { audience: "staging" })).toMatchObject({ act: "pass" });
    expect(ask(person({ holdUntil: NOW - 50 }))).toMatchObject({ act: "refuse" });
  });

  test("an engine's lock that somebody touched closes public for good, and holds staging as long as the window can last", () => {
    const touched = engine(NOW + 50, NOW + 60, true);
    expect(ask(touched)).toMatchObject({ act: "refuse" });
    expect(ask(touched, { now: NOW + 1_000_000 })).toMatchObject({ act: "refuse" });
    expect(ask(touched, { audience: "staging" })).toMatchObject({ act: "wait" });
    expect(ask(touched, { audience: "staging", now: NOW + 1_000_000 })).toMatchObject({ act: "pass" });
  });

  test("closed beats held, whichever lock says it", () => {
    expect(ask(engine(NOW + 50, NOW + 60), { all: bare })).toMatchObject({ act: "refuse" });
    expect(ask(bare, { all: engine(NOW + 50, NOW + 60) })).toMatchObject({ act: "refuse" });
    expect(ask(engine(NOW + 50, NOW + 90), { all: engine(NOW + 20, NOW + 90) })).toEqual({
      act: "wait",
      until: NOW + 20,
      runId: "r1",
    });
  });

  test("a paused live slot is a closed gate", () => {
    const paused = { ...routes, slots: routes.slots.map((slot) => ({ ...slot, paused: true })) };
    expect(ask(absent, { routes: paused })).toMatchObject({ act: "refuse", reason: "paused" });
    expect(ask(engine(NOW + 50, NOW + 60), { routes: paused })).toMatchObject({ act: "wait" });
  });

  test("nothing live or nothing deployed is said plainly", () => {
    expect(ask(absent, { routes: { ...routes, live: null } })).toMatchObject({ reason: "nothing-live" });
    const empty = { ...routes, slots: routes.slots.map((slot) => ({ ...slot, release: null })) };
    expect(ask(absent, { routes: empty, audience: "staging" })).toMatchObject({ reason: "nothing-live" });
  });

  test("before anything is live staging reaches blue", () => {
    expect(ask(absent, { routes: { ...routes, live: null }, audience: "staging" })).toMatchObject({
      act: "pass",
      slot: { slot: "blue" },
    });
  });

  test("a health probe is answered during a hold, but neither a page at / nor a POST nor anything behind a closed gate", () => {
    const held = engine(NOW + 50, NOW + 60);
    expect(ask(held, { path: "/healthz?a=1" })).toEqual({ act: "answer-healthy" });
    expect(ask(held, { path: "/healthz", method: "POST" })).toMatchObject({ act: "wait" });
    expect(ask(held, { path: "/", routes: { ...routes, healthPath: "/" } })).toMatchObject({ act: "wait" });
    expect(ask(bare, { path: "/healthz" })).toMatchObject({ act: "refuse" });
    expect(ask(absent, { path: "/healthz" })).toMatchObject({ act: "pass" });
  });
});

describe("reads: serve", () => {
  const serving: AppRoutes = { ...routes, reads: "serve" };
  const held = (readsGoOn?: boolean): LockReading => ({
    kind: "lock",
    touched: false,
    lock: { runId: "r1", token: 3, holdUntil: NOW + 50, expiresAt: NOW + 60, readsGoOn },
  });
  const meet = (own: LockReading, more: Parameters<typeof ask>[1] = {}) =>
    ask(own, { routes: serving, ...more });

  test("in a hold that allows it what only reads goes on to the live slot, everything else waits", () => {
    for (const method of ["GET", "HEAD", "OPTIONS"])
      expect(meet(held(true), { method })).toMatchObject({
        act: "pass",
        slot: { slot: "blue" },
        reads: true,
      });
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get"])
      expect(meet(held(true), { method })).toMatchObject({ act: "wait" });
    expect(meet(held(true), { stream: true })).toMatchObject({ act: "wait" });
    expect(meet(held(true), { audience: "staging" })).toMatchObject({ act: "wait" });
  });

  test("once the route has moved they go to the new slot", () => {
    const moved = { ...serving, live: "green" as const };
    expect(meet(held(true), { routes: moved })).toMatchObject({ act: "pass", slot: { slot: "green" } });
  });

  test("an app that did not ask for it waits, and so does every app in a hold that stops its slot", () => {
    expect(ask(held(true))).toMatchObject({ act: "wait" });
    expect(meet(held())).toMatchObject({ act: "wait" });
    expect(meet(held(true), { all: held() })).toMatchObject({ act: "wait" });
    expect(meet(person({ holdUntil: NOW + 50, readsGoOn: true }))).toMatchObject({ act: "wait" });
  });

  test("a closed gate closes reads too, a paused live slot lets them wait, and a probe is answered", () => {
    const closed = [
      bare,
      person({}),
      { ...held(true), touched: true } as LockReading,
      engine(NOW - 1, NOW + 60),
    ];
    for (const lock of closed) expect(meet(lock)).toMatchObject({ act: "refuse" });
    expect(meet(held(true), { all: bare })).toMatchObject({ act: "refuse" });
    const paused = { ...serving, slots: serving.slots.map((slot) => ({ ...slot, paused: true })) };
    expect(meet(held(true), { routes: paused })).toMatchObject({ act: "wait" });
    expect(meet(held(true), { path: "/healthz" })).toEqual({ act: "answer-healthy" });
  });

  test("without a lock it is said too that a request only reads", () => {
    expect(meet(absent)).toMatchObject({ act: "pass", reads: true });
    expect(meet(absent, { method: "POST" })).toMatchObject({ act: "pass", reads: false });
    expect(ask(absent)).toMatchObject({ act: "pass", reads: false });
  });
});
