import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { homePaths } from "#lib/config/home.ts";
import { endRun, seedApp } from "#lib/operations/testing/site.ts";
import { STATES } from "#lib/operations/testing/verb-states.ts";
import type { ApiRoute } from "./api-route.ts";
import { apiRoutes } from "./api-routes.ts";
import { MAX_BODY_BYTES } from "./body.ts";
import { type ApiSite, startApiSite } from "./testing/api-site.ts";
import { findRoutes } from "./testing/serve-api.ts";

let it: ApiSite;
let operator: string;
let admin: string;
const readyToSwap = () => seedApp(it.db.store, STATES["Blue live, next release in green"]!);

beforeAll(async () => {
  it = await startApiSite();
  operator = await it.token("operator");
  admin = await it.token("admin");
});
afterAll(() => it?.stop());

describe("who may come in", () => {
  test.each(apiRoutes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "%s answers 401 to nobody and to a made-up token",
    async (_, route) => {
      const path = route.path.replace(/\{\w+\}/g, "x");
      for (const as of [null, `sbx_${"A".repeat(43)}`, "nonsense"]) {
        const response = await it.call(route.method, path, as);
        expect(response.status).toBe(401);
        expect(response.headers.get("www-authenticate")).toBe("Bearer");
        expect(await response.json()).toMatchObject({ error: { code: "unauthenticated" } });
      }
    },
  );

  test.each(apiRoutes.filter((route) => route.role !== "viewer").map((route) => [route.id, route] as const))(
    "%s answers 403 to a role below its own",
    async (_, route) => {
      const below = { tester: "viewer", operator: "tester", admin: "operator" } as const;
      const role = below[route.role as keyof typeof below];
      const response = await it.call(route.method, route.path.replace(/\{\w+\}/g, "x"), await it.token(role));
      expect(response.status).toBe(403);
    },
  );

  test("a cookie vouches for reading, and for acts only from the dashboard's own pages", async () => {
    const app = await readyToSwap();
    const cookie = await it.cookie("operator", "Anna");
    expect((await it.call("GET", "/apps", { cookie })).status).toBe(200);
    const swap = (headers: Record<string, string>) =>
      it.call("POST", `/apps/${app}/swap`, { cookie, ...headers });
    expect((await swap({})).status).toBe(403);
    expect((await swap({ origin: "http://evil.example" })).status).toBe(403);
    expect((await swap({ origin: "null" })).status).toBe(403);
    expect((await swap({ origin: it.api.url.replace("http:", "https:") })).status).toBe(403);
    expect((await swap({ origin: it.api.url })).status).toBe(202);
    const run = await it.db.store.run.findFirstOrThrow({ where: { app: { name: app } } });
    expect(run).toMatchObject({ actorKind: "user", actorName: "Anna" });
  });

  test("a cookie is worth nothing under a name that is not the dashboard's", async () => {
    const cookie = await it.cookie("viewer");
    const { port } = new URL(it.api.url);
    const headers = { cookie, "x-forwarded-host": `shop.example:${port}` };
    expect((await it.call("GET", "/apps", headers)).status).toBe(401);
  });

  test("a revoked token is refused at once", async () => {
    const made = await it.call("POST", "/tokens", admin, { name: "ci", role: "viewer", expiresInDays: 1 });
    expect(made.status).toBe(201);
    const { token, secret } = (await made.json()) as { token: { id: string }; secret: string };
    expect((await it.call("GET", "/apps", secret)).status).toBe(200);
    expect((await it.call("DELETE", `/tokens/${token.id}`, admin)).status).toBe(200);
    expect((await it.call("GET", "/apps", secret)).status).toBe(401);
  });
});

describe("acts", () => {
  test("an act answers 202 with the run and where to follow it", async () => {
    const app = await readyToSwap();
    const response = await it.call("POST", `/apps/${app}/swap`, operator);
    expect(response.status).toBe(202);
    const { run } = (await response.json()) as { run: { id: string; url: string } };
    const followed = await fetch(`${it.api.url}${run.url}`, {
      headers: { authorization: `Bearer ${operator}` },
    });
    expect(await followed.json()).toMatchObject({
      id: run.id,
      kind: "swap",
      status: "queued",
      cancellable: true,
    });
  });

  test("of two swaps at once one is 202 and the other 409 busy, naming who", async () => {
    const app = await readyToSwap();
    const swap = async (name: string) => {
      const cookie = await it.cookie("operator", name);
      return () => it.call("POST", `/apps/${app}/swap`, { cookie, origin: it.api.url });
    };
    const both = [await swap("Anna"), await swap("Ben")];
    const answers = await Promise.all(both.map((ask) => ask()));
    expect(answers.map((answer) => answer.status).sort()).toEqual([202, 409]);
    const winner = answers[0]!.status === 202 ? "Anna" : "Ben";
    const body = await answers.find((answer) => answer.status === 409)!.json();
    expect(body).toMatchObject({
      error: { code: "busy", run: { kind: "swap", requestedBy: { name: winner } } },
    });
  });

  test("a refusal is 409 with every reason and its remedy", async () => {
    const app = await seedApp(it.db.store, STATES["Deployed to blue, nothing live"]!);
    const response = await it.call("POST", `/apps/${app}/swap`, operator);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      error: { code: "refused", remedy: expect.any(String), findings: [{ code: "nothing-live" }] },
    });
  });

  test("the Idempotency-Key header makes a retry harmless", async () => {
    const app = await readyToSwap();
    const ask = async () => {
      const headers = { authorization: `Bearer ${operator}`, "idempotency-key": "retry" };
      return (await it.call("POST", `/apps/${app}/swap`, headers)).json();
    };
    expect(await ask()).toEqual(await ask());
  });

  test.each([
    ["an unknown verb", "/apps/x/explode", {}, 404],
    ["init on an app", "/apps/x/init", {}, 404],
    ["an app that is not there", "/apps/nowhere/swap", {}, 404],
    ["an unknown key", "/apps/x/swap", { surprise: 1 }, 400],
    ["an app in the body too", "/apps/x/swap", { app: "x" }, 400],
    ["a list", "/apps/x/swap", [], 400],
  ])("%s is refused", async (_, path, body, status) => {
    expect((await it.call("POST", path, operator, body)).status).toBe(status);
  });

  test("a body that is too large, not JSON, or of another type is refused", async () => {
    const post = (body: string, type = "application/json") =>
      fetch(`${it.api.url}/api/v1/apps/x/swap`, {
        method: "POST",
        headers: { authorization: `Bearer ${operator}`, "content-type": type },
        body,
      });
    expect((await post(`{"a":"${"x".repeat(MAX_BODY_BYTES)}"}`)).status).toBe(413);
    expect((await post("{")).status).toBe(400);
    expect((await post("{}", "text/plain")).status).toBe(415);
  });

  test("a run is cancelled once", async () => {
    const app = await readyToSwap();
    const asked = await it.call("POST", `/apps/${app}/swap`, operator);
    const { run } = (await asked.json()) as { run: { id: string } };
    expect((await it.call("POST", `/runs/${run.id}/cancel`, operator)).status).toBe(202);
    const after = await it.call("GET", `/runs/${run.id}`, operator);
    expect(await after.json()).toMatchObject({ status: "aborted", cancellable: false });
  });

  test("maintenance shows in the app at once", async () => {
    const app = await readyToSwap();
    await it.call("POST", `/apps/${app}/maintenance`, operator, { on: true, message: "Back soon" });
    const view = await (await it.call("GET", `/apps/${app}`, operator)).json();
    expect(view).toMatchObject({ gate: { state: "closed", by: "person", message: "Back soon" } });
  });
});

describe("reads", () => {
  test("the rows that a rollback left behind can be downloaded, by operators only", async () => {
    const app = await readyToSwap();
    const asked = await it.call("POST", `/apps/${app}/swap`, operator);
    const { run } = (await asked.json()) as { run: { id: string } };
    expect((await it.call("GET", `/runs/${run.id}/lost-rows`, operator)).status).toBe(404);
    const folder = join(homePaths(it.site.home).lost, app);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${run.id}.jsonl`), '{"table":"public.orders"}\n');
    const response = await it.call("GET", `/runs/${run.id}/lost-rows`, operator);
    expect(response.headers.get("content-disposition")).toContain(`${run.id}.jsonl`);
    expect(await response.text()).toBe('{"table":"public.orders"}\n');
    expect((await it.call("GET", `/runs/${run.id}/lost-rows`, await it.token("tester"))).status).toBe(403);
    expect((await it.call("GET", "/runs/..%2f..%2fsecret.key/lost-rows", operator)).status).toBe(404);
  });

  test("an engine that does not answer is a finding of preflight, and 503 for logs", async () => {
    const app = await readyToSwap();
    const preflight = await it.call("GET", `/apps/${app}/preflight/swap`, operator);
    expect(await preflight.json()).toMatchObject({ findings: [{ code: "engine-silent" }] });
    expect((await it.call("GET", `/apps/${app}/logs/blue`, operator)).status).toBe(503);
  });

  test("runs are listed newest first and page by page", async () => {
    const app = await readyToSwap();
    for (const _ of [1, 2, 3]) {
      const asked = await it.call("POST", `/apps/${app}/swap`, operator);
      await endRun(it.db.store, ((await asked.json()) as { run: { id: string } }).run.id);
    }
    const list = async (query: string) =>
      (
        (await (await it.call("GET", `/apps/${app}/runs${query}`, operator)).json()) as {
          runs: { id: string }[];
        }
      ).runs;
    const all = await list("");
    expect(all).toHaveLength(3);
    expect(await list("?limit=2")).toEqual(all.slice(0, 2));
    expect(await list(`?before=${all[1]!.id}`)).toEqual(all.slice(2));
    expect((await it.call("GET", `/apps/${app}/runs?limit=0`, operator)).status).toBe(400);
  });

  test("readiness tells what is missing, liveness needs nothing", async () => {
    expect(await (await it.call("GET", "/healthz", null)).json()).toEqual({ ok: true });
    const ready = await it.call("GET", "/readyz", null);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ ok: false, store: true, engine: false, gateway: false });
  });
});

describe("the API's document", () => {
  test("names exactly the endpoints that there are", async () => {
    const beside = ["/healthz", "/readyz", "/openapi.json"];
    const found = (await findRoutes())
      .filter(({ path }) => path.startsWith("/api/v1"))
      .flatMap(({ path, methods }) => Object.keys(methods).map((method) => ({ method, path: path.slice(7) })))
      .filter(({ path }) => !beside.includes(path))
      .map(({ method, path }) => `${method} ${path.replaceAll("[", "{").replaceAll("]", "}")}`);
    expect(found.sort()).toEqual(apiRoutes.map(({ method, path }) => `${method} ${path}`).sort());
  });

  test("is valid where it can be checked: unique ids, every parameter named, every body with a schema", async () => {
    const document = await (await it.call("GET", "/openapi.json", null)).json();
    const { openapi, paths } = document as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; parameters?: { name: string }[] }>>;
    };
    expect(openapi).toBe("3.1.0");
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, ...operation })),
    );
    const ids = operations.map((operation) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(["init", "deploy", "swap", "rollback", "maintenance"]));
    for (const { path, parameters = [] } of operations) {
      const named = parameters.map((parameter) => parameter.name);
      for (const [, name] of path.matchAll(/\{(\w+)\}/g)) expect(named).toContain(name);
    }
    expect(JSON.stringify(document)).not.toContain('"app":{"type":"string","pattern":"^[a-z]');
  });

  test("what the handlers answer is what it promises", async () => {
    const app = await seedApp(it.db.store, STATES["After a swap: blue live, green is the way back"]!);
    const asked = await it.call("POST", `/apps/${app}/rollback`, operator, { acceptLoss: 3 });
    const { run } = (await asked.clone().json()) as { run: { id: string } };
    const at = new Date();
    await it.db.store.runStep.create({
      data: {
        runId: run.id,
        position: 0,
        name: "preflight",
        phase: "before",
        startedAt: at,
        detail: { a: 1 },
      },
    });
    await it.db.store.run.update({
      where: { id: run.id },
      data: { receipt: { from: "blue", windowMs: 40 } },
    });
    const answers: [string, Response][] = [
      ["act", asked],
      ["listApps", await it.call("GET", "/apps", operator)],
      ["getApp", await it.call("GET", `/apps/${app}`, operator)],
      ["listReceipts", await it.call("GET", `/apps/${app}/receipts`, operator)],
      ["listRuns", await it.call("GET", `/apps/${app}/runs`, operator)],
      ["getRun", await it.call("GET", `/runs/${run.id}`, operator)],
      ["preflight", await it.call("GET", `/apps/${app}/preflight/finish`, operator)],
      ["preflight", await it.call("GET", `/apps/${app}/preflight/sync?mode=snapshot`, operator)],
      ["preflight", await it.call("GET", `/apps/${app}/preflight/rollback?lossy=true`, operator)],
      ["stagingPass", await it.call("GET", `/apps/${app}/staging-pass`, operator)],
      ["cancelRun", await it.call("POST", `/runs/${run.id}/cancel`, operator)],
      ["maintenanceForAll", await it.call("POST", "/maintenance", operator, { on: false })],
      ["listTokens", await it.call("GET", "/tokens", admin)],
      ["createToken", await it.call("POST", "/tokens", admin, { name: "a", role: "viewer" })],
      ["listAudit", await it.call("GET", "/audit?limit=20", operator)],
      ["init", await it.call("POST", "/apps", admin, { name: "fresh", publicDomains: ["fresh.example"] })],
    ];
    for (const [id, response] of answers) {
      const route: ApiRoute = apiRoutes.find((candidate) => candidate.id === id)!;
      expect([id, response.status]).toEqual([id, route.status ?? 200]);
      if (!("safeParse" in route.answer)) throw new Error(`${id} is a stream`);
      expect([id, route.answer.safeParse(await response.json()).error]).toEqual([id, undefined]);
    }
  });
});
