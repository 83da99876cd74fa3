/** Changes of the live slot under load: nobody waits for long, nothing fails, nothing is lost. */
import { once } from "node:events";
import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { restart } from "#lib/operations/restart.ts";
import { changeSettings } from "#lib/operations/settings.ts";
import { update } from "#lib/operations/update.ts";
import {
  type Installation,
  startInstallation,
  succeeded,
  until,
  withLiveShop,
} from "./testing/installation.ts";
import { unnoticed } from "./testing/under-load.ts";

let it: Installation;

beforeAll(async () => {
  it = await startInstallation();
  await it.startGateway();
  it.startEngine();
  await withLiveShop(it);
});
afterAll(() => it?.stop());

const app = "shop";

const webs = async () => {
  const slot = await it.store.slot.findFirstOrThrow({ where: { app: { name: app }, name: "blue" } });
  const { processes } = slot.observed as { processes: { process: string; state: string; pid: number }[] };
  const running = processes.filter(({ process, state }) => /^web/.test(process) && state === "running");
  return { servedBy: slot.servedBy, names: running.map(({ process }) => process).sort(), pids: running };
};

test("rolling restarts of the live slot: none failed, none lost", { timeout: 120_000 }, async () => {
  await unnoticed(it, async () => {
    for (let round = 0; round < 5; round++) await succeeded(it, await restart(it.context, { app }));
  });
  expect((await webs()).servedBy).toEqual([]);
});

test("scaled to three and back while visitors are served, then restarted with two", {
  timeout: 120_000,
}, async () => {
  await unnoticed(it, async () => {
    await succeeded(it, await update(it.context, { app, webInstances: 3 }));
    await until(async () => (await webs()).names.join() === "web,web.2,web.3", "three web processes");
    await succeeded(it, await update(it.context, { app, webInstances: 2 }));
    await succeeded(it, await restart(it.context, { app }));
    await until(async () => (await webs()).names.join() === "web,web.2", "two web processes");
    await succeeded(it, await update(it.context, { app, webInstances: 1 }));
    await until(async () => (await webs()).names.join() === "web", "one web process");
  });
});

// Replaced but not noted, committed.
test.each(["6:before", "8:after"])(
  "an engine killed at record %s of a rolling restart: its successor leaves all serving, and nobody noticed",
  { timeout: 90_000 },
  async (at) => {
    await it.killEngines();
    const doomed = it.startEngine({ KILL_RUN: "restart", KILL_AT: at });
    await unnoticed(it, async () => {
      const died = once(doomed, "exit");
      const requested = await restart(it.context, { app });
      await died;
      it.startEngine();
      const { status } = await it.ended(requested);
      expect(["succeeded", "aborted"]).toContain(status);
      await until(async () => {
        const { servedBy, names } = await webs();
        return servedBy.length === 0 && names.join() === "web";
      }, "only web is left, and serves");
    });
  },
);

test("a request that takes longer than the drain may is not cut off: the restart goes back and names it", {
  timeout: 60_000,
}, async () => {
  await changeSettings(it.context, { app, settings: { drainMs: 500 } });
  const slow = request({
    host: "127.0.0.1",
    port: it.gatewayPort,
    path: "/uploads",
    method: "POST",
    headers: { host: "shop.localhost", "content-length": "10" },
    agent: false,
  });
  const answered = once(slow, "response");
  slow.write("12345");
  await until(async () => (await it.ask("shop.localhost", "/healthz")).status === 200, "it is under way");
  const run = await it.ended(await restart(it.context, { app }));
  expect(run).toMatchObject({ status: "failed", error: expect.stringContaining("POST /uploads") });
  slow.end("67890");
  const [answer] = await answered;
  expect(answer.statusCode).toBe(201);
  answer.resume();
  expect((await webs()).servedBy).toEqual([]);
  await changeSettings(it.context, { app, settings: { drainMs: null } });
});

test("a release comes into the live slot in place; one that is never healthy leaves the old one serving", {
  timeout: 120_000,
}, async () => {
  await unnoticed(it, async () => {
    const source = { kind: "folder" as const, path: await it.release("1.1.0") };
    const receipt = await succeeded(it, await update(it.context, { app, source }));
    expect(receipt).toMatchObject({ fromVersion: "1.0.0", toVersion: "1.1.0" });
    const answer = JSON.parse((await it.ask("shop.localhost", "/healthz")).body);
    expect(answer).toMatchObject({ release: "1.1.0" });
    await changeSettings(it.context, { app, settings: { healthTimeoutMs: 3_000 } });
    const sick = { kind: "folder" as const, path: await it.release("1.2.0") };
    const failed = await it.ended(await update(it.context, { app, source: sick }));
    expect(failed).toMatchObject({ status: "failed", error: expect.stringContaining("not healthy") });
    expect(JSON.parse((await it.ask("shop.localhost", "/healthz")).body)).toMatchObject({ release: "1.1.0" });
    expect((await webs()).servedBy).toEqual([]);
  });
});
