import { readdirSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { homePaths } from "#lib/config/home.ts";
import { adopt } from "#lib/operations/adopt.ts";
import { connection } from "#lib/operations/connection.ts";
import { deploy } from "#lib/operations/deploy.ts";
import { checkAdoption } from "#lib/operations/read/adoption-check.ts";
import { remove } from "#lib/operations/remove.ts";
import { restart } from "#lib/operations/restart.ts";
import { rollback } from "#lib/operations/rollback.ts";
import { swap } from "#lib/operations/swap.ts";
import { sync } from "#lib/operations/sync.ts";
import {
  type Installation,
  startInstallation,
  succeeded,
  until,
  withLiveShop,
} from "./testing/installation.ts";
import { type SomebodysApp, somebodysApp, writers } from "./testing/somebodys-app.ts";

const HOST = "notes.localhost";

let it: Installation;
let theirs: SomebodysApp;
let blue: string;

beforeAll(async () => {
  [it, theirs] = await Promise.all([startInstallation(), somebodysApp()]);
  await it.startGateway();
  it.startEngine();
  blue = await theirs.start({ DATABASE_URL: theirs.url, VERSION: "1.0", SETUP: "1" });
  await until(() => checkAnswers(), "the engine answers");
});
afterAll(async () => {
  await it?.stop();
  await theirs?.stop();
});

const data = () => ({ url: theirs.url, adminUrl: theirs.adminUrl });
const ask = (input: Partial<Parameters<typeof checkAdoption>[1]> = {}) =>
  checkAdoption(it.context, { name: "notes", origin: blue, healthPath: "/healthz", ...input });
const codes = async (input: Partial<Parameters<typeof checkAdoption>[1]>) =>
  (await ask(input)).items.filter(({ severity }) => severity === "refuse").map(({ code }) => code);
const checkAnswers = () =>
  ask().then(
    () => true,
    () => false,
  );
const version = async (host = HOST) => JSON.parse((await it.ask(host, "/healthz")).body).version;

test("what can't be adopted is refused, each with its reason", async () => {
  const wrong = (change: (url: URL) => void, from = theirs.url) => {
    const url = new URL(from);
    change(url);
    return url.href;
  };
  const cases: [Partial<Parameters<typeof checkAdoption>[1]>, string[]][] = [
    [{ origin: `http://127.0.0.1:${it.gatewayPort}` }, ["origin-is-gateway"]],
    [{ origin: `http://localhost:${it.gatewayPort}` }, ["origin-is-gateway"]],
    [{ origin: "http://127.0.0.1:9" }, ["origin-dead"]],
    [{ origin: blue.replace("http:", "https:") }, ["origin-other-protocol"]],
    [{ origin: "http://no-such-host.invalid:80" }, ["origin-unknown-host"]],
    [{ healthPath: "/notes/none" }, ["health-path-wrong"]],
    [{ hosts: ["localhost"] }, ["domain-is-dashboard"]],
    [{ data: { ...data(), url: wrong((url) => (url.password = "guess")) } }, ["app-sign-in"]],
    [{ data: { ...data(), url: wrong((url) => (url.pathname = "/nowhere")) } }, ["app-sign-in"]],
    [{ data: { ...data(), adminUrl: it.dataCluster.adminUrl } }, ["other-server"]],
    [{ data: { ...data(), greenUrl: theirs.url } }, ["green-is-blue"]],
  ];
  for (const [input, expected] of cases) expect(await codes(input), JSON.stringify(input)).toEqual(expected);
  const wanted = { name: "notes", publicDomains: [HOST], origin: "http://127.0.0.1:9" };
  await expect(adopt(it.context, wanted)).rejects.toMatchObject({ code: "refused" });
});

test("a running app is adopted, swapped, rolled back and let go without an error or a lost write", async () => {
  // An ordinary database: the app owns its tables. The check says so, with the SQL that changes it.
  const before = await ask({ data: data() });
  const owns = before.items.find(({ code }) => code === "app-owns-tables");
  expect(before.ok).toBe(true);
  expect(owns).toMatchObject({ severity: "warn", sql: expect.stringContaining("REASSIGN OWNED") });

  const visitors = writers({ port: Number(new URL(blue).port), count: 4 });
  await until(() => visitors.acknowledged.length > 20, "visitors write");
  await runUntilItHolds(owns!.sql!);
  const ready = await ask({ data: data() });
  expect(ready.items.find(({ code }) => code === "roles")).toMatchObject({ severity: "ok" });
  // An administrator who is no superuser, with just the rights that the check asks for.
  await theirs.sql("CREATE ROLE clerk LOGIN PASSWORD 'secret'");
  const clerk = new URL(theirs.adminUrl);
  clerk.username = "clerk";
  clerk.password = "secret";
  const byClerk = { ...data(), adminUrl: clerk.href };
  const lacks = (await ask({ data: byClerk })).items.find(({ code }) => code === "admin-rights");
  await theirs.sql(lacks!.sql!, "notes");
  expect((await ask({ data: byClerk })).ok).toBe(true);
  const rights = await theirs.rights();

  const started = performance.now();
  const adopted = await adopt(it.context, {
    name: "notes",
    publicDomains: [HOST],
    stagingDomains: [`staging.${HOST}`],
    stagingAccess: "open",
    origin: blue,
    version: "1.0",
    healthPath: "/healthz",
    data: byClerk,
  });
  await succeeded(it, adopted);
  console.log(`adopted in ${Math.round(performance.now() - started)} ms`);
  expect(await version()).toBe("1.0");
  // The proxy in front is led here; nothing else changes.
  visitors.lead(it.gatewayPort, HOST);
  await until(() => visitors.acknowledged.length > 100, "visitors come through the gateway");
  await expect(restart(it.context, { app: "notes", slot: "blue" })).rejects.toMatchObject({
    code: "refused",
  });
  await expect(
    deploy(it.context, { app: "notes", source: { kind: "folder", path: "/tmp" } }),
  ).rejects.toMatchObject({ code: "refused" });
  expect(await codes({ name: "other", origin: "http://127.0.0.1:9", data: data() })).toContain(
    "database-taken",
  );
  expect(await codes({ name: "other", hosts: [HOST] })).toContain("domain-taken");

  // The second version: its database is shown, its own people migrate it and start it.
  const [owner] = await connection(it.context, { app: "notes", slot: "green", as: "owner" });
  const [app] = await connection(it.context, { app: "notes", slot: "green" });
  expect(app!.name).toBe("DATABASE_URL");
  await migrate(owner!.url);
  const green = await theirs.start({ DATABASE_URL: app!.url, VERSION: "2.0" });
  const declare = { kind: "external" as const, version: "2.0" };
  const nowhere = await deploy(it.context, { app: "notes", source: declare });
  expect((await it.ended(nowhere)).error).toContain("Nobody said yet where green answers");
  await succeeded(it, await deploy(it.context, { app: "notes", source: { ...declare, origin: green } }));
  expect(await version(`staging.${HOST}`)).toBe("2.0");
  await succeeded(it, await sync(it.context, { app: "notes", mode: "snapshot" }));

  const swapped = await succeeded(it, await swap(it.context, { app: "notes" }));
  expect(swapped).toMatchObject({ from: "blue", to: "green", fromVersion: "1.0", toVersion: "2.0" });
  console.log(
    `swap: window ${swapped.windowMs} ms, ${swapped.dataRows} rows, ${swapped.requestsHeld} waited`,
  );
  expect(await version()).toBe("2.0");
  const sofar = visitors.acknowledged.length;
  await until(() => visitors.acknowledged.length > sofar + 20, "visitors write to 2.0");
  await visitors.stop();
  expect(visitors.failed).toEqual([]);
  await expectAll(visitors.acknowledged);

  const back = await succeeded(it, await rollback(it.context, { app: "notes" }));
  expect(back.loss).toMatchObject({ changed: 0, deleted: 0, exact: true });
  expect(await version()).toBe("1.0");
  expect((await it.ask(HOST, "/notes/afterwards", { method: "POST" })).status).toBe(201);

  await expect(remove(it.context, { app: "notes", confirm: "shop" })).rejects.toMatchObject({
    code: "invalid",
  });
  const gone = await remove(it.context, { app: "notes", confirm: "notes", deleteData: true });
  const receipt = await succeeded(it, gone);
  expect(receipt.notes).toEqual([
    expect.stringContaining("notes is as it was"),
    "Nothing of blue was deleted: it holds the live data.",
    expect.stringContaining("sb_notes_green and its roles were deleted"),
    expect.stringContaining("left running"),
  ]);
  expect(await theirs.rights()).toEqual(rights);
  expect(await fetch(`${blue}/notes/afterwards`).then((answer) => answer.status)).toBe(200);
  expect((await it.ask(HOST, "/healthz")).status).toBe(404);
  // The name, the domains and the database are free again.
  expect((await ask({ data: data(), hosts: [HOST] })).ok).toBe(true);
}, 90_000);

test("an app that owns its tables is stopped by its login, and gets it back", async () => {
  await theirs.sql("REASSIGN OWNED BY notes_owner TO notes; DROP OWNED BY notes_owner", "notes");
  const rights = await theirs.rights();
  const second = { name: "mine", publicDomains: ["mine.localhost"], origin: blue, healthPath: "/healthz" };
  await succeeded(it, await adopt(it.context, { ...second, version: "1.0", data: data() }));
  const [owner] = await connection(it.context, { app: "mine", slot: "green", as: "owner" });
  const [app] = await connection(it.context, { app: "mine", slot: "green" });
  await migrate(owner!.url);
  const green = await theirs.start({ DATABASE_URL: app!.url, VERSION: "2.0" });
  const source = { kind: "external" as const, version: "2.0", origin: green };
  await succeeded(it, await deploy(it.context, { app: "mine", source }));
  const visitors = writers({ port: it.gatewayPort, host: "mine.localhost", count: 3 });
  await until(() => visitors.acknowledged.length > 20, "visitors write");
  await succeeded(it, await swap(it.context, { app: "mine" }));
  const seen = visitors.acknowledged.length;
  await until(() => visitors.acknowledged.length > seen + 20, "visitors write to 2.0");
  await visitors.stop();
  expect(visitors.failed).toEqual([]);
  // What rests can't be written by anybody who signs in as the app.
  expect((await fetch(`${blue}/notes/sneaked`, { method: "POST" })).status).toBe(500);
  // Left while the second version is live: its data is not deleted under it, and the first may write again.
  const receipt = await succeeded(
    it,
    await remove(it.context, { app: "mine", confirm: "mine", deleteData: true }),
  );
  expect(receipt.notes).toContain("Nothing of green was deleted: it holds the live data.");
  expect((await fetch(`${green}/notes/again`, { method: "POST" })).status).toBe(201);
  expect(await theirs.rights()).toEqual(rights);
  expect((await fetch(`${blue}/notes/again`, { method: "POST" })).status).toBe(201);
}, 60_000);

test("an app without a database has its routes switched, and nothing else is claimed", async () => {
  const other = await theirs.start({ DATABASE_URL: theirs.url, VERSION: "2.0" });
  const plain = { name: "plain", publicDomains: ["plain.localhost"], origin: blue, healthPath: "/healthz" };
  await succeeded(it, await adopt(it.context, { ...plain, greenOrigin: other }));
  const source = { kind: "external" as const, version: "2.0" };
  await succeeded(it, await deploy(it.context, { app: "plain", source }));
  await succeeded(it, await swap(it.context, { app: "plain" }));
  expect(await version("plain.localhost")).toBe("2.0");
  await succeeded(it, await rollback(it.context, { app: "plain" }));
  expect(await version("plain.localhost")).toBe("1.0");
  await succeeded(it, await remove(it.context, { app: "plain", confirm: "plain" }));
});

test("an app that Signalbox made is stopped when it is removed, and its data goes only when asked", async () => {
  await withLiveShop(it);
  expect((await it.ask("shop.localhost", "/healthz")).status).toBe(200);
  const { apps } = homePaths(it.home);
  const databases = async () => {
    const client = new pg.Client({ connectionString: it.dataCluster.adminUrl });
    await client.connect();
    const { rows } = await client.query(
      "SELECT datname FROM pg_database WHERE datname LIKE 'sb_shop%' ORDER BY 1",
    );
    await client.end();
    return rows.map((row) => row.datname);
  };
  const receipt = await succeeded(it, await remove(it.context, { app: "shop", confirm: "shop" }));
  expect(receipt.notes).toEqual(["1 release was deleted."]);
  expect((await it.ask("shop.localhost", "/healthz")).status).toBe(404);
  expect(await databases()).toEqual(["sb_shop_blue", "sb_shop_green"]);
  expect(readdirSync(join(apps, "shop", "releases"))).toEqual([]);
  // Its name is free, and what it left is taken up again.
  await withLiveShop(it);
  await succeeded(it, await remove(it.context, { app: "shop", confirm: "shop", deleteData: true }));
  expect(await databases()).toEqual([]);
  const runs = await it.store.run.findMany({ where: { kind: "remove" }, include: { app: true } });
  expect(runs.filter(({ app }) => app.name.startsWith("shop-removed-"))).toHaveLength(2);
}, 60_000);

/** As the copy button's user would: again when a lock was in the way. */
async function runUntilItHolds(sql: string): Promise<void> {
  await until(
    () =>
      theirs.sql(sql, "notes").then(
        () => true,
        () => false,
      ),
    "the suggested SQL",
  );
}

async function migrate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    "CREATE TABLE notes (ref text PRIMARY KEY, version text NOT NULL, n serial, extra text)",
  );
  await client.end();
}

async function expectAll(refs: string[]): Promise<void> {
  const rows = await theirs.sql("SELECT ref FROM notes", "sb_notes_green");
  const kept = new Set(rows.map((row) => row.ref));
  expect(refs.filter((ref) => !kept.has(ref))).toEqual([]);
}
