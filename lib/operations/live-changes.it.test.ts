/** What is refused of variables, settings, scaling and commands, and what is kept of those that are taken. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey, readKeyRing, unseal, writeKeyRing } from "#lib/config/seal.ts";
import { startTestStores, type TestStore, type TestStores } from "#lib/store/testing.ts";
import { readVariables, variableContext } from "#lib/store/variables.ts";
import { cancelJob } from "./jobs/cancel-job.ts";
import { getJob, listJobs } from "./jobs/read-jobs.ts";
import { runJob } from "./jobs/run-job.ts";
import type { Role } from "./role.ts";
import { changeSettings, getSettings } from "./settings.ts";
import { swap } from "./swap.ts";
import { contextAs, makeTestHome, seedApp, type TestHome } from "./testing/site.ts";
import { STATES } from "./testing/verb-states.ts";
import { update } from "./update.ts";
import { listVariables, setVariables, unsetVariable } from "./variables.ts";

let stores: TestStores;
let db: TestStore;
let place: TestHome;
const as = (role: Role) => contextAs(db.store, place.home, role);

beforeAll(async () => {
  stores = await startTestStores();
  db = await stores.create();
  place = makeTestHome();
  const { id, key } = newKey();
  await writeKeyRing(place.home, { current: id, keys: { [id]: key } });
});
afterAll(async () => {
  await stores?.stop();
  place?.remove();
});

const live = () => seedApp(db.store, STATES["Blue live, next release in green"]!);
const set = (app: string, name: string, value = "x") =>
  setVariables(as("operator"), { app, variables: [{ name, value }] });

describe("variables", () => {
  test.each([
    ["a NUL in the value", "KEY", "a\0b", "NUL"],
    ["128 KB", "KEY", "x".repeat(131_072), "64 KiB"],
    ["more bytes than characters", "KEY", "é".repeat(40_000), "64 KiB"],
    ["a name with an equals sign", "A=B", "x", "a variable's name"],
    ["a name with a newline", "A\nB", "x", "a variable's name"],
    ["no name", "", "x", "a variable's name"],
    ["a digit in front", "1A", "x", "a variable's name"],
    ["PORT", "PORT", "1", "set by Signalbox itself"],
    ["SIGNALBOX_PREVIEW", "SIGNALBOX_PREVIEW", "1", "set by Signalbox itself"],
    ["where the data is", "DATABASE_URL", "postgres://else", "each slot has data of its own"],
  ])("%s: refused, nothing is stored", async (_, name, value, words) => {
    const app = await live();
    await expect(set(app, name, value)).rejects.toThrow(words);
    expect(await db.store.variable.count({ where: { app: { name: app } } })).toBe(0);
  });

  test("a value of several lines is kept as it is, sealed for its row alone", async () => {
    const app = await live();
    const pem = "-----BEGIN KEY-----\nabc\n-----END KEY-----\n";
    await set(app, "PRIVATE_KEY", pem);
    const row = await db.store.variable.findFirstOrThrow({ where: { app: { name: app } } });
    expect(row.sealed).not.toContain("BEGIN");
    const ring = readKeyRing(place.home);
    expect(unseal(ring, row.sealed, variableContext(row.appId, "PRIVATE_KEY", "both"))).toBe(pem);
    expect(() => unseal(ring, row.sealed, variableContext(row.appId, "OTHER", "both"))).toThrow();
    expect(await listVariables(as("operator"), app)).toMatchObject({
      variables: [{ name: "PRIVATE_KEY", secret: true, value: null, updatedBy: "operator" }],
    });
    const audit = await db.store.auditEntry.findMany({ where: { appName: app } });
    expect(audit.map((entry) => entry.detail)).toEqual([
      { variables: [{ name: "PRIVATE_KEY", scope: "both", secret: true }] },
    ]);
  });

  test("a preview's own value goes before the rest, and previews are suggested one for mail", async () => {
    const app = await live();
    await set(app, "SMTP_URL", "smtp://mail");
    expect((await listVariables(as("operator"), app)).suggestions).toEqual(["SMTP_URL"]);
    const own = { name: "SMTP_URL", value: "smtp://void", scope: "preview" as const, secret: false };
    await setVariables(as("operator"), { app, variables: [own] });
    expect((await listVariables(as("operator"), app)).suggestions).toEqual([]);
    const ring = readKeyRing(place.home);
    expect(await readVariables(db.store, ring, app, "live")).toEqual({ SMTP_URL: "smtp://mail" });
    expect(await readVariables(db.store, ring, app, "preview")).toEqual({
      SMTP_URL: "smtp://void",
      SIGNALBOX_PREVIEW: "1",
    });
    await unsetVariable(as("operator"), { app, name: "SMTP_URL", scope: "preview" });
    expect(await readVariables(db.store, ring, app, "preview")).toEqual({ SMTP_URL: "smtp://mail" });
    await expect(
      unsetVariable(as("operator"), { app, name: "SMTP_URL", scope: "preview" }),
    ).rejects.toMatchObject({ code: "not-found" });
  });

  test("a viewer neither sees nor sets them", async () => {
    const app = await live();
    await expect(listVariables(as("viewer"), app)).rejects.toMatchObject({ code: "forbidden" });
    const one = { app, variables: [{ name: "A", value: "b" }] };
    await expect(setVariables(as("tester"), one)).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("settings", () => {
  test("an unknown key, a value out of range and a number of processes are refused", async () => {
    const app = await live();
    const change = (settings: Record<string, unknown>) => changeSettings(as("operator"), { app, settings });
    await expect(change({ windowMS: 1 })).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("windowMS"),
    });
    await expect(change({ windowMs: -1 })).rejects.toMatchObject({ code: "invalid" });
    await expect(change({ windowMs: "soon" })).rejects.toMatchObject({ code: "invalid" });
    await expect(change({ limits: { headers: 1 } })).rejects.toMatchObject({ code: "invalid" });
    await expect(change({ webInstances: 3 })).rejects.toThrow("together with what runs");
    expect((await getSettings(as("viewer"), app)).settings.windowMs).toBe(30_000);
  });

  test("only what was changed is kept; null brings the default back", async () => {
    const app = await live();
    const operator = as("operator");
    await changeSettings(operator, { app, settings: { windowMs: 1_000, limits: { bodyBytes: 5 } } });
    const stored = await db.store.app.findUniqueOrThrow({ where: { name: app } });
    expect(stored.settings).toEqual({ windowMs: 1_000, limits: { bodyBytes: 5 } });
    expect(stored.routeVersion).toBe(2);
    const { settings } = await changeSettings(operator, { app, settings: { windowMs: null } });
    expect(settings).toMatchObject({ windowMs: 30_000, limits: { bodyBytes: 5, headerBytes: 16_384 } });
  });
});

describe("updates", () => {
  test.each([0, 10, 100, 1.5])("%d web processes are refused", async (webInstances) => {
    const app = await live();
    await expect(update(as("operator"), { app, webInstances })).rejects.toMatchObject({ code: "invalid" });
  });

  test("a release and a number of processes are two updates", async () => {
    const app = await live();
    const source = { kind: "folder" as const, path: "/srv/shop" };
    await expect(update(as("operator"), { app, source, webInstances: 2 })).rejects.toThrow("two updates");
  });

  test("a release in place is refused while there is a way back, other variables are not", async () => {
    const app = await seedApp(db.store, STATES["After a swap: blue live, green is the way back"]!);
    const source = { kind: "folder" as const, path: "/srv/shop" };
    await expect(update(as("operator"), { app, source })).rejects.toMatchObject({
      findings: [{ code: "way-back-open" }],
    });
    await update(as("operator"), { app });
  });
});

describe("commands", () => {
  test.each([
    ["none", []],
    ["an empty program", [""]],
    ["a NUL", ["echo", "a\0b"]],
  ])("%s: refused", async (_, command) => {
    const app = await live();
    await expect(runJob(as("operator"), { app, command })).rejects.toMatchObject({ code: "invalid" });
  });

  test("are refused where nothing is live, in a paused slot and during a swap, with the reason", async () => {
    const operator = as("operator");
    const run = (app: string) => runJob(operator, { app, command: ["true"] });
    const none = await seedApp(db.store, STATES["Deployed to blue, nothing live"]!);
    await expect(run(none)).rejects.toMatchObject({ findings: [{ code: "nothing-live" }] });
    const paused = await seedApp(db.store, STATES["Blue live but paused"]!);
    await expect(run(paused)).rejects.toMatchObject({ findings: [{ code: "slot-paused" }] });
    const swapping = await live();
    await swap(operator, { app: swapping });
    await expect(run(swapping)).rejects.toMatchObject({ code: "busy", run: { kind: "swap" } });
  });

  test("one is listed as it was written, audited, and cancelled before it begins", async () => {
    const app = await live();
    const operator = as("operator");
    const { id } = await runJob(operator, { app, command: ["node", "-e", "console.log('a b')"] });
    const { jobs } = await listJobs(operator, app);
    expect(jobs).toMatchObject([{ id, status: "queued", command: `node -e 'console.log('\\''a b'\\'')'` }]);
    await expect(getJob(as("viewer"), id)).rejects.toMatchObject({ code: "forbidden" });
    expect(await cancelJob(operator, id)).toMatchObject({ status: "aborted" });
    await expect(cancelJob(operator, id)).rejects.toMatchObject({ code: "refused" });
    await expect(cancelJob(operator, "nothing")).rejects.toMatchObject({ code: "not-found" });
    const actions = await db.store.auditEntry.findMany({ where: { appName: app }, orderBy: { id: "asc" } });
    expect(actions.map((entry) => entry.action)).toEqual(["app.run", "job.cancel"]);
  });
});
