import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ClaimedRun } from "#lib/engine/journal.ts";
import { StaleToken } from "#lib/engine/ports.ts";
import { type Claim, claimRun, LEASE_MS, renewLeases } from "./claim.ts";
import type { Store } from "./client.ts";
import { createJournal } from "./journal.ts";
import { startTestStores, type TestStores } from "./testing.ts";

let stores: TestStores;
let store: Store;
let url: string;
const sessions: pg.Client[] = [];

beforeAll(async () => {
  stores = await startTestStores();
});
afterAll(() => stores?.stop());

beforeEach(async () => {
  ({ store, url } = await stores.create());
  return async () => {
    for (const session of sessions.splice(0)) await session.end();
  };
});

/** An engine is its session: while it is open its advisory lock is held. */
async function engine(key: bigint): Promise<pg.Client> {
  const session = new pg.Client({ connectionString: url });
  await session.connect();
  await session.query("SELECT pg_advisory_lock($1)", [key.toString()]);
  sessions.push(session);
  return session;
}

async function queuedRun(name = "shop"): Promise<string> {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const slots = [
    { name: "blue" as const, port },
    { name: "green" as const, port: port + 1 },
  ];
  const app = await store.app.upsert({
    where: { name },
    create: { id: randomUUID(), name, liveSlot: "blue", slots: { create: slots } },
    update: {},
  });
  const id = randomUUID();
  await store.run.create({
    data: { id, appId: app.id, kind: "swap", input: {}, actorKind: "user", actorId: "1", actorName: "Ada" },
  });
  return id;
}

async function claimed(key = 1n): Promise<Claim> {
  await queuedRun();
  await engine(key);
  const claim = await claimRun(store, key, []);
  await createJournal(store).outline(claim!, [
    { name: "hold", phase: "window" },
    { name: "commit", phase: "window" },
  ]);
  return claim!;
}

const change = { liveSlot: "green" as const };
const live = async () => (await store.app.findUniqueOrThrow({ where: { name: "shop" } })).liveSlot;

test("a claim raises the app's token, across runs", async () => {
  const first = await claimed();
  await createJournal(store).finish(first, "failed", { error: "x", receipt: null });
  await queuedRun();
  const second = await claimRun(store, 1n, []);
  expect(second!.epoch).toBe(first.epoch + 1);
});

test("twenty engines that claim at once get the run once", async () => {
  await queuedRun();
  await engine(7n);
  const claims = await Promise.all(
    Array.from({ length: 20 }, () => claimRun(store, 7n, ["none"]).catch(() => null)),
  );
  const epochs = claims.filter((claim) => claim !== null).map((claim) => claim.epoch);
  // The same engine may take its own run again; never do two claims share a token.
  expect(new Set(epochs).size).toBe(epochs.length);
  await engine(8n);
  expect(await claimRun(store, 8n, [])).toBeNull();
});

test("a run is free the moment its engine's session is gone", async () => {
  await queuedRun();
  const session = await engine(1n);
  expect(await claimRun(store, 1n, [])).not.toBeNull();
  await engine(2n);
  expect(await claimRun(store, 2n, [])).toBeNull();
  await session.end();
  sessions.splice(sessions.indexOf(session), 1);
  await expect.poll(() => claimRun(store, 2n, [])).not.toBeNull();
});

test("a run whose engine sleeps is free when its lease has run out", async () => {
  const claim = await claimed(1n);
  await engine(2n);
  await store.$executeRaw`UPDATE run SET lease_until = clock_timestamp() - interval '1 ms' WHERE id = ${claim.id}`;
  const next = await claimRun(store, 2n, []);
  expect(next).toMatchObject({ id: claim.id, epoch: claim.epoch + 1 });
  expect(await renewLeases(store, [claim])).toEqual(new Map());
  expect((await renewLeases(store, [next!])).get(next!.id)).toEqual({ cancelRequested: false });
  expect(LEASE_MS).toBeGreaterThan(2_000);
});

test("every write of an engine that was replaced is refused, and changes nothing", async () => {
  const old = await claimed(1n);
  await store.$executeRaw`UPDATE run SET lease_until = clock_timestamp() - interval '1 ms' WHERE id = ${old.id}`;
  await engine(2n);
  await claimRun(store, 2n, []);
  const journal = createJournal(store);
  const before = await store.run.findUniqueOrThrow({
    where: { id: old.id },
    include: { steps: true, events: true },
  });
  const writes: ((run: ClaimedRun) => Promise<unknown>)[] = [
    (run) => journal.outline(run, [{ name: "other", phase: "before" }]),
    (run) => journal.started(run, 0, 1),
    (run) => journal.succeeded(run, 0, { x: 1 }),
    (run) => journal.failed(run, 0, "x"),
    (run) => journal.undoing(run, 0),
    (run) => journal.undone(run, 0),
    (run) => journal.commit(run, 1, change),
    (run) => journal.abort(run, "x"),
    (run) => journal.finish(run, "succeeded", { error: null, receipt: null }),
  ];
  for (const write of writes) await expect(write(old)).rejects.toThrow(StaleToken);
  expect(
    await store.run.findUniqueOrThrow({ where: { id: old.id }, include: { steps: true, events: true } }),
  ).toEqual(before);
  expect(await live()).toBe("blue");
});

test("an abort that is recorded first refuses the commit", async () => {
  const run = await claimed();
  const journal = createJournal(store);
  expect(await journal.abort(run, "cut off")).toBe("aborted");
  expect(await journal.commit(run, 1, change)).toBe("refused");
  expect(await live()).toBe("blue");
});

test("a commit that is recorded first refuses the abort", async () => {
  const run = await claimed();
  const journal = createJournal(store);
  expect(await journal.commit(run, 1, change)).toBe("committed");
  expect(await journal.abort(run, "too late")).toBe("committed");
  expect(await live()).toBe("green");
});

test("a commit is taken once", async () => {
  const run = await claimed();
  const journal = createJournal(store);
  expect(await journal.commit(run, 1, change)).toBe("committed");
  expect(await journal.commit(run, 1, { liveSlot: "blue" })).toBe("refused");
  expect(await live()).toBe("green");
});

test("an operator's cancel that is recorded first refuses the commit", async () => {
  const run = await claimed();
  await store.run.update({ where: { id: run.id }, data: { cancelRequestedAt: new Date() } });
  expect(await createJournal(store).commit(run, 1, change)).toBe("refused");
  expect(await live()).toBe("blue");
});

test("the commit and the abort of one run, asked for at once, leave exactly one", async () => {
  for (let n = 0; n < 20; n++) {
    const run = await claimed(BigInt(100 + n));
    const journal = createJournal(store);
    const before = await live();
    const to = before === "blue" ? ("green" as const) : ("blue" as const);
    const [commit, abort] = await Promise.all([
      journal.commit(run, 1, { liveSlot: to }),
      journal.abort(run, "x"),
    ]);
    expect([commit, abort]).toSatisfy(
      ([c, a]) => (c === "committed" && a === "committed") || (c === "refused" && a === "aborted"),
    );
    expect(await live()).toBe(commit === "committed" ? to : before);
    await journal.finish(run, commit === "committed" ? "succeeded" : "failed", {
      error: null,
      receipt: null,
    });
  }
});

test("a change that can't be made leaves no commit", async () => {
  const run = await claimed();
  const twoAuthorities = {
    slots: { blue: { dataState: "authoritative" }, green: { dataState: "authoritative" } },
  } as const;
  await expect(createJournal(store).commit(run, 1, twoAuthorities)).rejects.toThrow();
  const after = await store.run.findUniqueOrThrow({ where: { id: run.id } });
  expect(after.committedAt).toBeNull();
  expect(await createJournal(store).abort(run, "x")).toBe("aborted");
});

test("events are numbered per run without gaps, whoever writes at once", async () => {
  const run = await claimed();
  const journal = createJournal(store);
  await Promise.all(Array.from({ length: 15 }, (_, n) => journal.started(run, n % 2, 1)));
  const events = await store.runEvent.findMany({ where: { runId: run.id }, orderBy: { seq: "asc" } });
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
});

test("one app has one active run, whatever was checked before", async () => {
  await queuedRun();
  await expect(queuedRun()).rejects.toThrow();
});
