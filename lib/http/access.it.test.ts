/** Who may what, at every endpoint there is: a new one is in this walk by being in the API's list. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERBS } from "#lib/engine/model.ts";
import { seedApp } from "#lib/operations/testing/site.ts";
import type { ApiRoute } from "./api-route.ts";
import { apiRoutes } from "./api-routes.ts";
import { type ApiSite, startApiSite } from "./testing/api-site.ts";

let it: ApiSite;
let theirs: string;
let mine: string;
/** Things with ids of their own in the app that the outsider has no part in, by the first part of their path. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  it = await startApiSite();
  const slot = (version: string) => ({ version, dataState: "authoritative" as const, paused: false });
  const state = {
    live: "blue" as const,
    slots: { blue: slot("1.0.0"), green: { version: null, dataState: "empty" as const, paused: false } },
    domains: [
      { host: "shop.example", audience: "public" as const },
      { host: "next.example", audience: "staging" as const },
    ],
  };
  theirs = await seedApp(it.db.store, state);
  mine = await seedApp(it.db.store, state);
  const admin = await it.token("admin");
  const run = await it.call("POST", `/apps/${theirs}/maintenance`, admin, { on: true });
  ids.runs = (await run.json()).run.id;
  const link = await it.call("POST", `/apps/${theirs}/share-links`, admin, { label: "x" });
  ids["share-links"] = (await link.json()).link.id;
  const app = await it.db.store.app.findUniqueOrThrow({ where: { name: theirs } });
  const job = {
    id: "job-of-theirs",
    appId: app.id,
    kind: "once",
    name: "run",
    command: "[]",
    requestedBy: "x",
  };
  ids.jobs = (await it.db.store.job.create({ data: job })).id;
});
afterAll(() => it?.stop());

/** Endpoints that anybody with a token may ask: their answers hold what the asker may see. */
const FILTERED = new Set(["listApps"]);

/** Every endpoint and verb with its path in the app that is not the outsider's. */
function calls(): { route: ApiRoute; method: string; path: string; name: string }[] {
  const verbs = VERBS.filter((verb) => verb !== "init");
  return apiRoutes
    .flatMap((route) =>
      route.path.includes("{verb}") ? verbs.map((verb) => ({ route, verb })) : [{ route, verb: "" }],
    )
    .map(({ route, verb }) => {
      const id = ids[route.path.split("/")[1]!] ?? "x";
      const path = route.path
        .replace("{app}", theirs)
        .replace("{verb}", verb)
        .replace("{slot}", "blue")
        .replace("{id}", id)
        .replace(/\{\w+\}/g, "x");
      return { route, method: route.method, path, name: `${route.method} ${route.path} ${verb}` };
    });
}

const isAbout = (path: string) => [theirs, ...Object.values(ids)].some((name) => path.includes(name));

/** What keeps a route's own body from being found wrong before anybody asks who sent it. */
const inputs: Record<string, object> = {
  publish: { domain: "new.example", slot: "blue" },
  unpublish: { domain: "shop.example" },
  pause: { slot: "blue" },
  resume: { slot: "blue" },
  maintenance: { on: true },
  deploy: { source: { kind: "folder", path: "/tmp" } },
};

const ask = (as: string, { method, path }: { method: string; path: string }): Promise<Response> => {
  const body = inputs[path.split("/").at(-1)!] ?? {};
  return it.call(method, path, as, method === "GET" || method === "DELETE" ? undefined : body);
};

describe("somebody whose roles are in another app", () => {
  test("is refused at every endpoint and verb, and does not learn that the app exists", async () => {
    const outsider = await it.token("admin", [mine]);
    const before = await it.db.store.auditEntry.count();
    const wrong: string[] = [];
    for (const call of calls()) {
      const response = await ask(outsider, call);
      const text = await response.text();
      if (FILTERED.has(call.route.id)) {
        if (response.status !== 200 || text.includes(theirs)) wrong.push(`${call.name}: ${text}`);
        continue;
      }
      const aboutApp = isAbout(call.path);
      const refused = aboutApp ? response.status === 404 : response.status === 403;
      // What names no app may answer with what is theirs, and nothing of others.
      const filtered = call.route.within && !aboutApp && response.status === 200 && !text.includes(theirs);
      if (!refused && !filtered) wrong.push(`${call.name}: ${response.status} ${text.slice(0, 200)}`);
    }
    expect(wrong).toEqual([]);
    expect(await it.db.store.auditEntry.count()).toBe(before);
  });

  test("sees an app that exists and one that doesn't alike", async () => {
    const outsider = await it.token("admin", [mine]);
    const there = await (await it.call("GET", `/apps/${theirs}`, outsider)).json();
    const absent = await (await it.call("GET", "/apps/no-such-app", outsider)).json();
    expect(there.error.message.replace(theirs, "X")).toBe(absent.error.message.replace("no-such-app", "X"));
  });
});

describe("somebody with a lower role in the app", () => {
  test.each([
    ["viewer", ["viewer"]],
    ["tester", ["viewer", "tester"]],
    ["operator", ["viewer", "tester", "operator"]],
  ] as const)("%s is refused what needs more", async (role, enough) => {
    const token = await it.token(role, [theirs]);
    const wrong: string[] = [];
    for (const call of calls()) {
      const inApp = isAbout(call.path);
      if (!inApp || (enough as readonly string[]).includes(call.route.role)) continue;
      const response = await ask(token, call);
      await response.body?.cancel();
      if (response.status !== 403) wrong.push(`${call.name}: ${response.status}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe("somebody who is operator in one app", () => {
  test("sees that one, its runs and its audit entries, and acts in it", async () => {
    const operator = await it.token("operator", [theirs]);
    const { apps } = await (await it.call("GET", "/apps", operator)).json();
    expect(apps.map(({ name }: { name: string }) => name)).toEqual([theirs]);
    expect((await it.call("GET", `/runs/${ids.runs}`, operator)).status).toBe(200);
    const { entries } = await (await it.call("GET", "/audit", operator)).json();
    expect(new Set(entries.map(({ app }: { app: string }) => app))).toEqual(new Set([theirs]));
    const opened = await it.call("POST", `/apps/${theirs}/maintenance`, operator, { on: false });
    expect(opened.status).toBe(202);
    expect((await it.call("POST", "/maintenance", operator, { on: true })).status).toBe(403);
  });

  test("exports the entries of that one only", async () => {
    const operator = await it.token("operator", [theirs]);
    await it.call("POST", `/apps/${mine}/maintenance`, await it.token("operator", [mine]), { on: false });
    const text = await (await it.call("GET", "/audit/export", operator)).text();
    const apps = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).app);
    expect(new Set(apps)).toEqual(new Set([theirs]));
    const csv = await (await it.call("GET", "/audit/export?format=csv", await it.token("operator"))).text();
    expect(csv).toContain(`closed ${theirs}'s gate`);
    expect(csv).toContain(mine);
  });
});

test("a stream that is open ends when its owner's role in the app is taken away", async () => {
  const token = await it.token("viewer", [theirs]);
  const response = await it.call("GET", `/apps/${theirs}/live`, token);
  expect(response.status).toBe(200);
  await it.db.store.apiToken.updateMany({ where: { name: "viewer script" }, data: { apps: [mine] } });
  // Reads to the end, which comes without anybody's doing.
  await response.text();
  expect((await it.call("GET", `/apps/${theirs}/live`, token)).status).toBe(404);
});

test("nobody without a token or a session gets an answer", async () => {
  const wrong: string[] = [];
  for (const { method, path, name } of calls()) {
    const response = await it.call(
      method,
      path,
      null,
      method === "GET" || method === "DELETE" ? undefined : {},
    );
    if (response.status !== 401) wrong.push(`${name}: ${response.status}`);
  }
  expect(wrong).toEqual([]);
});
