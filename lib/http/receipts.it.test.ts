import { afterAll, beforeAll, expect, test } from "vitest";
import { seedApp } from "#lib/operations/testing/site.ts";
import { STATES } from "#lib/operations/testing/verb-states.ts";
import { type ApiSite, startApiSite } from "./testing/api-site.ts";

let it: ApiSite;
let operator: string;

beforeAll(async () => {
  it = await startApiSite();
  operator = await it.token("operator");
});
afterAll(() => it?.stop());

test("receipts are those of swaps and rollbacks that succeeded, newest first and whole", async () => {
  const app = await seedApp(it.db.store, STATES["After a swap: blue live, green is the way back"]!);
  const ids: string[] = [];
  const run = async (kind: string, status: "succeeded" | "failed", receipt?: object) => {
    const id = crypto.randomUUID();
    await it.db.store.run.create({
      data: {
        id,
        app: { connect: { name: app } },
        kind,
        input: {},
        status,
        actorKind: "user",
        actorId: "u1",
        actorName: "Ada",
        requestedAt: new Date(Date.UTC(2026, 10, 20, 10, ids.length)),
        startedAt: new Date(),
        finishedAt: new Date(),
        ...(receipt && { receipt }),
      },
    });
    ids.push(id);
  };
  await run("swap", "succeeded", { from: "blue", to: "green", windowMs: 40, lossless: true });
  await run("rollback", "succeeded", { from: "green", to: "blue", windowMs: 60, lossless: false });
  await run("sync", "succeeded", { from: "blue", to: "green" });
  await run("swap", "failed");
  const list = async (query = "") => {
    const answer = await it.call("GET", `/apps/${app}/receipts${query}`, operator);
    return ((await answer.json()) as { receipts: { run: { id: string }; receipt: object }[] }).receipts;
  };
  const all = await list();
  expect(all.map(({ run: { id } }) => id)).toEqual([ids[1], ids[0]]);
  expect(all[1]?.receipt).toMatchObject({ windowMs: 40, lossless: true, feed: null, counts: [] });
  expect((await list(`?before=${ids[1]}`)).map(({ run: { id } }) => id)).toEqual([ids[0]]);
  expect((await it.call("GET", `/apps/${app}/receipts?limit=0`, operator)).status).toBe(400);
  expect((await it.call("GET", "/apps/nowhere/receipts", operator)).status).toBe(404);
});
