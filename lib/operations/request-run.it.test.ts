import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lockPath, readLock, writeEngineLock } from "#lib/gate/lock-file.ts";
import { startTestStores, type TestStore, type TestStores } from "#lib/store/testing.ts";
import { cancelRun } from "./cancel-run.ts";
import type { OperationError } from "./errors.ts";
import { init } from "./init.ts";
import { maintenance, maintenanceForAll } from "./maintenance.ts";
import type { Role } from "./role.ts";
import { swap } from "./swap.ts";
import { contextAs, endRun, makeTestHome, seedApp, type TestHome } from "./testing/site.ts";
import { STATES } from "./testing/verb-states.ts";

let stores: TestStores;
let db: TestStore;
let place: TestHome;
const as = (role: Role, name?: string) => contextAs(db.store, place.home, role, name);
const readyToSwap = () => seedApp(db.store, STATES["Blue live, next release in green"]!);

beforeAll(async () => {
  stores = await startTestStores();
  db = await stores.create();
  place = makeTestHome();
});
afterAll(async () => {
  await stores?.stop();
  place?.remove();
});

describe("one run at a time", () => {
  test("of two operators who swap at once one gets a run, the other the first one's name", async () => {
    const app = await readyToSwap();
    const answers = await Promise.allSettled([
      swap(as("operator", "Anna"), { app }),
      swap(as("operator", "Ben"), { app }),
    ]);
    const won = answers.findIndex((answer) => answer.status === "fulfilled");
    const lost = answers[1 - won] as PromiseRejectedResult;
    const error: OperationError = lost.reason;
    const winner = won === 0 ? "Anna" : "Ben";
    expect(error).toMatchObject({ code: "busy", run: { kind: "swap", requestedBy: { name: winner } } });
    expect(error.message).toContain(winner);
    expect(await db.store.run.count({ where: { app: { name: app } } })).toBe(1);
  });

  test("twenty at once leave one run", async () => {
    const app = await readyToSwap();
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => swap(as("operator"), { app })));
    expect(answers.filter((answer) => answer.status === "fulfilled")).toHaveLength(1);
    expect(await db.store.run.count({ where: { app: { name: app } } })).toBe(1);
  });

  test("when a run is over the next one may be asked for", async () => {
    const app = await readyToSwap();
    const { run } = await swap(as("operator"), { app });
    await endRun(db.store, run.id, "failed");
    await expect(swap(as("operator"), { app })).resolves.toHaveProperty("run.id");
  });

  test("the database itself refuses a second active run, whoever writes it", async () => {
    const app = await readyToSwap();
    await swap(as("operator"), { app });
    const { id: appId } = await db.store.app.findUniqueOrThrow({ where: { name: app } });
    const second = {
      id: randomUUID(),
      appId,
      kind: "swap",
      input: {},
      actorKind: "cli",
      actorId: "",
      actorName: "",
    };
    await expect(db.store.run.create({ data: second })).rejects.toMatchObject({ code: "P2002" });
  });
});

describe("the idempotency key", () => {
  test("a double click is one run, and so is a repetition after the run's end", async () => {
    const app = await readyToSwap();
    const ask = () => swap(as("operator"), { app, idempotencyKey: "click-1" });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(second).toEqual(first);
    await endRun(db.store, first!.run.id);
    expect(await ask()).toEqual(first);
  });

  test("another key while a run is active is busy", async () => {
    const app = await readyToSwap();
    await swap(as("operator"), { app, idempotencyKey: "one" });
    await expect(swap(as("operator"), { app, idempotencyKey: "two" })).rejects.toMatchObject({
      code: "busy",
    });
  });
});

describe("one transaction", () => {
  test("without its audit entry nothing happens and nobody is told", async () => {
    const app = await readyToSwap();
    const heard: string[] = [];
    const client = new pg.Client({ connectionString: db.url });
    await client.connect();
    client.on("notification", ({ payload }) => heard.push(payload ?? ""));
    await client.query("LISTEN signalbox_runs");
    await db.store.$executeRaw`ALTER TABLE audit_entry ADD CONSTRAINT no_more CHECK (false) NOT VALID`;
    try {
      await expect(swap(as("operator"), { app })).rejects.toThrow();
    } finally {
      await db.store.$executeRaw`ALTER TABLE audit_entry DROP CONSTRAINT no_more`;
    }
    expect(await db.store.run.count({ where: { app: { name: app } } })).toBe(0);
    const { run } = await swap(as("operator"), { app });
    // One more, so that what was sent before it has arrived.
    await client.query("NOTIFY signalbox_runs, 'last'");
    await expect.poll(() => heard).toEqual([run.id, "last"]);
    await client.end();
  });

  test("a lock that can't be written leaves no run and no audit entry behind", async () => {
    const app = await readyToSwap();
    const file = join(place.home.dir, "not-a-folder");
    writeFileSync(file, "");
    const blocked = { ...place.home, maintenance: file };
    const context = { ...as("operator"), home: blocked };
    await expect(maintenance(context, { app, on: true })).rejects.toThrow();
    expect(await db.store.run.count({ where: { app: { name: app } } })).toBe(0);
    expect(await db.store.auditEntry.count({ where: { appName: app } })).toBe(0);
  });
});

describe("init", () => {
  test("makes an app with two empty slots on ports of their own and its domains", async () => {
    const input = { name: "first", publicDomains: ["First.Example"], stagingDomains: ["try.first.example"] };
    await init(as("admin"), input);
    await init(as("admin"), { name: "second", publicDomains: ["second.example"] });
    const apps = await db.store.app.findMany({
      where: { name: { in: ["first", "second"] } },
      include: { slots: true, domains: { orderBy: { host: "asc" } }, runs: true },
      orderBy: { name: "asc" },
    });
    const ports = apps.flatMap((app) => app.slots.map((slot) => slot.port));
    expect(new Set(ports).size).toBe(4);
    expect(Math.min(...ports)).toBe(20_000);
    expect(apps[0]).toMatchObject({
      liveSlot: null,
      stagingAccess: "testers",
      domains: [
        { host: "first.example", audience: "public" },
        { host: "try.first.example", audience: "staging" },
      ],
      runs: [{ kind: "init", status: "queued" }],
    });
    expect(apps[0]!.slots.every((slot) => slot.dataState === "empty")).toBe(true);
  });

  test("at the same time for the same name, one wins", async () => {
    const ask = (host: string) => init(as("admin"), { name: "race", publicDomains: [host] });
    const answers = await Promise.allSettled([ask("a.race.example"), ask("b.race.example")]);
    expect(answers.filter((answer) => answer.status === "fulfilled")).toHaveLength(1);
    expect(await db.store.app.count({ where: { name: "race" } })).toBe(1);
  });

  test("after a failed run may be asked for again, with other domains", async () => {
    const { run } = await init(as("admin"), { name: "again", publicDomains: ["old.example"] });
    await expect(init(as("admin"), { name: "again", publicDomains: ["new.example"] })).rejects.toMatchObject({
      code: "busy",
    });
    await endRun(db.store, run.id, "failed");
    await init(as("admin"), { name: "again", publicDomains: ["new.example"] });
    const domains = await db.store.domain.findMany({ where: { app: { name: "again" } } });
    expect(domains.map((domain) => domain.host)).toEqual(["new.example"]);
  });

  test.each([
    ["a host twice", { publicDomains: ["x.example"], stagingDomains: ["x.example"] }, "invalid"],
    ["no public domain", { publicDomains: [] }, "invalid"],
    ["the dashboard's host", { publicDomains: ["localhost"] }, "invalid"],
    ["another app's host", { publicDomains: ["first.example"] }, "refused"],
    ["a bad name", { name: "Shop", publicDomains: ["y.example"] }, "invalid"],
  ])("refuses %s", async (_, input, code) => {
    await expect(init(as("admin"), { name: "fresh", ...input })).rejects.toMatchObject({ code });
    expect(await db.store.app.count({ where: { name: "fresh" } })).toBe(0);
  });
});

describe("maintenance", () => {
  test("is the lock file, recorded as a finished run, beside an active one", async () => {
    const app = await readyToSwap();
    await swap(as("operator"), { app });
    const on = { app, on: true, message: "Back at noon", retryAfterSeconds: 90 };
    const { run } = await maintenance(as("operator"), on);
    const path = lockPath(place.home, app);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ message: "Back at noon", retryAfter: 90 });
    expect(await db.store.run.findUnique({ where: { id: run.id } })).toMatchObject({
      kind: "maintenance",
      status: "succeeded",
    });
    await maintenance(as("operator"), { app, on: false });
    expect(existsSync(path)).toBe(false);
  });

  test("off leaves the hold of a run alone, on takes its place", async () => {
    const app = await readyToSwap();
    const path = lockPath(place.home, app);
    const now = Date.now();
    writeEngineLock(path, { app, runId: "r1", token: 1, holdUntil: now + 60_000, expiresAt: now + 90_000 });
    await expect(maintenance(as("operator"), { app, on: false })).rejects.toMatchObject({
      code: "refused",
      findings: [{ code: "held-by-run" }],
    });
    expect(readLock(path)).toMatchObject({ kind: "lock", lock: { runId: "r1" } });
    await maintenance(as("operator"), { app, on: true });
    const reading = readLock(path);
    expect(reading.kind === "lock" && reading.lock.runId).toBe(undefined);
  });

  test("off removes a lock that was made with touch", async () => {
    const app = await readyToSwap();
    await maintenance(as("operator"), { app, on: true });
    const path = lockPath(place.home, app);
    writeFileSync(path, "");
    await maintenance(as("operator"), { app, on: false });
    expect(existsSync(path)).toBe(false);
  });

  test("for everything is one lock and one audit entry, and off for one app says that it stays closed", async () => {
    const app = await readyToSwap();
    await maintenanceForAll(as("operator"), { on: true });
    expect(existsSync(lockPath(place.home, null))).toBe(true);
    const { run } = await maintenance(as("operator"), { app, on: false });
    const { receipt } = await db.store.run.findUniqueOrThrow({ where: { id: run.id } });
    expect(receipt).toEqual({ notes: [expect.stringContaining("stays closed")] });
    await maintenanceForAll(as("operator"), { on: false });
    expect(existsSync(lockPath(place.home, null))).toBe(false);
    expect(await db.store.auditEntry.count({ where: { action: "gate.maintenance" } })).toBe(2);
  });

  test("for everything needs operator too", async () => {
    await expect(maintenanceForAll(as("tester"), { on: true })).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("cancel", () => {
  test("a run that nobody has claimed is aborted at once", async () => {
    const app = await readyToSwap();
    const { run } = await swap(as("operator"), { app });
    await cancelRun(as("operator", "Cleo"), { run: run.id });
    const row = await db.store.run.findUniqueOrThrow({ where: { id: run.id }, include: { events: true } });
    expect(row).toMatchObject({ status: "aborted", cancelRequestedBy: "Cleo" });
    expect(row.events.map((event) => event.type)).toEqual(["requested", "finished"]);
    await expect(swap(as("operator"), { app })).resolves.toHaveProperty("run.id");
  });

  test("a running one is marked for the engine, once", async () => {
    const app = await readyToSwap();
    const { run } = await swap(as("operator"), { app });
    await db.store.run.update({ where: { id: run.id }, data: { status: "running", startedAt: new Date() } });
    await cancelRun(as("operator"), { run: run.id });
    await cancelRun(as("operator"), { run: run.id });
    const row = await db.store.run.findUniqueOrThrow({ where: { id: run.id } });
    expect(row).toMatchObject({ status: "running", cancelRequestedAt: expect.any(Date) });
    expect(await db.store.auditEntry.count({ where: { runId: run.id, action: "run.cancel" } })).toBe(1);
  });

  test("after the commit and after the end it is refused", async () => {
    const app = await readyToSwap();
    const { run } = await swap(as("operator"), { app });
    const now = new Date();
    await db.store.run.update({
      where: { id: run.id },
      data: { status: "running", startedAt: now, committedAt: now },
    });
    await expect(cancelRun(as("operator"), { run: run.id })).rejects.toMatchObject({
      findings: [{ code: "run-committed" }],
    });
    await endRun(db.store, run.id);
    await expect(cancelRun(as("operator"), { run: run.id })).rejects.toMatchObject({
      findings: [{ code: "run-finished" }],
    });
  });

  test("needs operator, and a run that is there", async () => {
    const { run } = await swap(as("operator"), { app: await readyToSwap() });
    await expect(cancelRun(as("tester"), { run: run.id })).rejects.toMatchObject({ code: "forbidden" });
    await expect(cancelRun(as("operator"), { run: "x" })).rejects.toMatchObject({ code: "not-found" });
  });
});
