import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Verb } from "#lib/engine/model.ts";
import { type AppState, permit } from "#lib/engine/permit.ts";
import { startTestStores, type TestStore, type TestStores } from "#lib/store/testing.ts";
import { isUnprovisioned } from "./app-state.ts";
import { OperationError } from "./errors.ts";
import { ROLES, type Role } from "./role.ts";
import { contextAs, makeTestHome, seedApp, type TestHome } from "./testing/site.ts";
import { ASKS, type Ask, STATES } from "./testing/verb-states.ts";
import { verbs } from "./verbs.ts";

let stores: TestStores;
let db: TestStore;
let place: TestHome;
const as = (role: Role, name?: string) => contextAs(db.store, place.home, role, name);

beforeAll(async () => {
  stores = await startTestStores();
  db = await stores.create();
  place = makeTestHome();
});
afterAll(async () => {
  await stores?.stop();
  place?.remove();
});

/** Complete input for a verb: what the ask says and what its schema needs besides. */
function inputFor(app: string, { verb, input: { change, ...input } }: Ask): Record<string, unknown> {
  const domain = input.domain === undefined ? {} : { domain: `${app}.${input.domain}` };
  const needed: Partial<Record<Verb, object>> = {
    init: { name: app, publicDomains: [`${app}.again.example`] },
    deploy: { source: { kind: "folder", path: "/srv/shop" } },
    maintenance: { on: true },
    remove: { confirm: app },
    update:
      change === "release"
        ? { source: { kind: "folder", path: "/srv/shop" } }
        : change === "scale"
          ? { webInstances: 3 }
          : {},
  };
  return { ...(verb === "init" ? {} : { app }), ...input, ...domain, ...needed[verb] };
}

const answer = (promise: Promise<unknown>) =>
  promise.then(
    () => [] as string[],
    (error) => {
      if (!(error instanceof OperationError)) throw error;
      return error.findings?.map((finding) => finding.code) ?? [error.code];
    },
  );

describe("every verb in every state, asked of the real store", () => {
  for (const [name, state] of Object.entries(STATES)) {
    test(`${name}: is answered as the interlocking says, and a refusal changes nothing`, async () => {
      for (const ask of ASKS) {
        const app = await seedApp(db.store, state);
        const found = await answer(verbs[ask.verb].run(as("admin"), inputFor(app, ask)));
        expect([ask.name, found]).toEqual([ask.name, expected(state, ask)]);
        const runs = await db.store.run.findMany({
          where: { app: { name: app } },
          include: { events: true },
        });
        const audits = await db.store.auditEntry.findMany({ where: { appName: app } });
        expect(audits).toHaveLength(runs.length);
        if (found.length > 0) expect(runs).toHaveLength(0);
        else {
          expect(runs).toMatchObject([
            {
              kind: ask.verb,
              status: ask.verb === "maintenance" ? "succeeded" : "queued",
              events: [{ seq: 1, type: "requested" }],
            },
          ]);
          expect(audits[0]).toMatchObject({ action: `app.${ask.verb}`, runId: runs[0]!.id });
        }
      }
    });
  }
});

function expected(state: AppState, { verb, input }: Ask): string[] {
  // Provisioning that failed may be asked for again.
  if (verb === "init" && isUnprovisioned(state)) return [];
  return permit(verb, state, input).map((finding) => finding.code);
}

describe("roles", () => {
  const state = STATES["Blue live, next release in green"]!;

  test.each(ASKS.map((ask) => [ask.name, ask] as const))(
    "%s: only its role and higher ones",
    async (_, ask) => {
      for (const role of ROLES) {
        const app = await seedApp(db.store, state);
        const found = await answer(verbs[ask.verb].run(as(role), inputFor(app, ask)));
        const allowed = ROLES.indexOf(role) >= ROLES.indexOf(verbs[ask.verb].role);
        // Who has no role at all does not learn that the app exists.
        const refusal = role === "none" && verbs[ask.verb].role !== "admin" ? "not-found" : "forbidden";
        expect([role, found.includes(refusal)]).toEqual([role, !allowed]);
      }
    },
  );

  test("what makes and ends apps needs admin, every other verb operator", () => {
    for (const [verb, entry] of Object.entries(verbs)) {
      const grave = ["init", "adopt", "remove"].includes(verb);
      expect([verb, entry.role]).toEqual([verb, grave ? "admin" : "operator"]);
    }
  });
});

describe("inputs", () => {
  test.each(Object.keys(verbs) as Verb[])("%s refuses keys that it does not know", async (verb) => {
    const app = await seedApp(db.store, STATES["Blue live, next release in green"]!);
    // Adopting looks at what runs first: asked for in lib/engine-service/adopt.it.test.ts.
    const ask = ASKS.find((candidate) => candidate.verb === verb) ?? { name: verb, verb, input: {} };
    const input = { ...inputFor(app, ask), surprise: 1 };
    expect(await answer(verbs[verb].run(as("admin"), input))).toEqual(["invalid"]);
  });

  test.each([
    ["deploy", { source: { kind: "folder", path: "relative/path" } }],
    ["deploy", { source: { kind: "git", path: "/x" } }],
    ["sync", { mode: "mirror" }],
    ["restart", { processes: ["../web"] }],
    ["publish", { domain: "not a host", slot: "blue" }],
    ["publish", { domain: "https://shop.example", slot: "blue" }],
    ["publish", { domain: "shop.example:8080", slot: "blue" }],
    ["publish", { domain: "-shop.example", slot: "blue" }],
    ["publish", { domain: "localhost", slot: "blue" }],
    ["pause", { slot: "red" }],
    ["rollback", { acceptLoss: -1 }],
    ["maintenance", { on: "yes" }],
  ] as [Verb, object][])("%s refuses %o", async (verb, input) => {
    const app = await seedApp(db.store, STATES["After a swap: blue live, green is the way back"]!);
    expect(await answer(verbs[verb].run(as("admin"), { app, ...input }))).toEqual(["invalid"]);
  });

  test("an app that is not there is not found", async () => {
    expect(await answer(verbs.swap.run(as("operator"), { app: "nowhere" }))).toEqual(["not-found"]);
  });

  test("the run records what was meant when it was asked for", async () => {
    const app = await seedApp(db.store, STATES["Blue live, next release in green"]!);
    const source = { kind: "folder", path: "/srv/shop" };
    const { run } = await verbs.deploy.run(as("operator"), { app, source });
    expect((await db.store.run.findUniqueOrThrow({ where: { id: run.id } })).input).toEqual({
      slot: "green",
      source,
    });
  });

  test("a host of another app is refused with that app's name", async () => {
    const other = await seedApp(db.store, STATES["Blue live, next release in green"]!);
    const app = await seedApp(db.store, STATES["Blue live, next release in green"]!);
    const input = { app, domain: `${other}.shop.example`, slot: "blue" };
    await expect(verbs.publish.run(as("operator"), input)).rejects.toMatchObject({
      code: "refused",
      findings: [{ code: "domain-taken", what: expect.stringContaining(other) }],
    });
  });
});
