import { rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lockPath } from "#lib/gate/lock-file.ts";
import { closeGate } from "#lib/gate/person-lock.ts";
import { endRun, seedApp } from "#lib/operations/testing/site.ts";
import { STATES } from "#lib/operations/testing/verb-states.ts";
import type { LiveEvent } from "#lib/operations/views.ts";
import { type ApiSite, startApiSite } from "./testing/api-site.ts";

let it: ApiSite;
let viewer: string;
let operator: string;

beforeAll(async () => {
  it = await startApiSite();
  viewer = await it.token("viewer");
  operator = await it.token("operator");
});
afterAll(() => it?.stop());

interface Message {
  id: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the stream sends
  data: any;
}

/** Reads an event stream as a browser would. Hangs up when the iteration ends. */
async function* events(path: string, headers: Record<string, string> = {}): AsyncGenerator<Message> {
  const hangUp = new AbortController();
  const response = await fetch(`${it.api.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${viewer}`, ...headers },
    signal: hangUp.signal,
  });
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    "text/event-stream; charset=utf-8",
  ]);
  try {
    let text = "";
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const frames = text.split("\n\n");
      text = frames.pop()!;
      for (const frame of frames) {
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        if (data !== undefined) yield { id: /^id: (.*)$/m.exec(frame)?.[1] ?? null, data: JSON.parse(data) };
      }
    }
  } finally {
    hangUp.abort();
  }
}

async function requestSwap() {
  const app = await seedApp(it.db.store, STATES["Blue live, next release in green"]!);
  const response = await it.call("POST", `/apps/${app}/swap`, operator);
  const { run } = (await response.json()) as { run: { id: string } };
  return { app, run: run.id };
}

async function addEvent(run: string, seq: number, type: string) {
  await it.db.store.$transaction(async (tx) => {
    await tx.runEvent.create({ data: { runId: run, seq, type, data: { seq } } });
    await tx.$executeRaw`SELECT pg_notify('signalbox_events', ${run})`;
  });
}

describe("a run's events", () => {
  test("come as they are written and end with the run", async () => {
    const { run } = await requestSwap();
    const seen: string[] = [];
    for await (const { id, data } of events(`/runs/${run}/events`)) {
      seen.push(`${id} ${data.type}`);
      if (data.type === "requested") await addEvent(run, 2, "planned");
      if (data.type === "planned") await addEvent(run, 3, "step-started");
      if (data.type === "step-started") await endRun(it.db.store, run);
    }
    expect(seen).toEqual(["1 requested", "2 planned", "3 step-started", "4 finished"]);
  });

  test("go on after the last one that was seen, without doubles or gaps", async () => {
    const { run } = await requestSwap();
    for (const seq of [2, 3, 4]) await addEvent(run, seq, `event-${seq}`);
    const first: string[] = [];
    for await (const { id } of events(`/runs/${run}/events`)) {
      first.push(id!);
      if (id === "2") break;
    }
    await addEvent(run, 5, "event-5");
    await endRun(it.db.store, run);
    const second: string[] = [];
    for await (const { id } of events(`/runs/${run}/events`, { "last-event-id": "2" })) second.push(id!);
    expect([...first, ...second]).toEqual(["1", "2", "3", "4", "5", "6"]);
  });

  test("may begin later by the query, and a browser that has seen all is told to stay away", async () => {
    const { run } = await requestSwap();
    await endRun(it.db.store, run);
    const seen: string[] = [];
    for await (const { id } of events(`/runs/${run}/events?after=1`)) seen.push(id!);
    expect(seen).toEqual(["2"]);
    const headers = { authorization: `Bearer ${viewer}`, "last-event-id": "2" };
    expect((await it.call("GET", `/runs/${run}/events`, headers)).status).toBe(204);
  });

  test("survive the loss of the listening connection", async () => {
    const { run } = await requestSwap();
    const seen: string[] = [];
    for await (const { data } of events(`/runs/${run}/events`)) {
      seen.push(data.type);
      if (data.type !== "requested") continue;
      await it.db.store.$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'signalbox-live' AND datname = current_database()`;
      await endRun(it.db.store, run);
    }
    expect(seen).toEqual(["requested", "finished"]);
  });

  test("of a run that is not there are a 404", async () => {
    expect((await it.call("GET", "/runs/nothing/events", viewer)).status).toBe(404);
  });
});

describe("an app's live stream", () => {
  test("begins with the app and its traffic and tells of a run from its request to its end", async () => {
    const app = await seedApp(it.db.store, STATES["Blue live, next release in green"]!);
    let run = "";
    const seen = new Set<string>();
    for await (const { data } of events(`/apps/${app}/live`)) {
      const event = data as LiveEvent;
      seen.add(event.type === "run" ? `run ${event.run.status}` : event.type);
      if (run === "" && seen.has("app") && seen.has("traffic")) {
        const response = await it.call("POST", `/apps/${app}/swap`, operator);
        run = ((await response.json()) as { run: { id: string } }).run.id;
      }
      if (event.type === "run" && event.run.status === "queued") await endRun(it.db.store, run);
      if (seen.has("run succeeded") && event.type === "app" && event.app.activeRun === null) break;
    }
    expect([...seen].sort()).toEqual(["app", "run queued", "run succeeded", "traffic"]);
  });

  test("shows a lock made and removed by hand within a second", async () => {
    const app = await seedApp(it.db.store, STATES["Blue live, next release in green"]!);
    const path = lockPath(it.site.home, app);
    closeGate(it.site.home, app);
    rmSync(path);
    let closing = false;
    let since = 0;
    const waits: number[] = [];
    for await (const { data } of events(`/apps/${app}/live`)) {
      const event = data as LiveEvent;
      if (event.type !== "app" || event.app.gate.state !== (closing ? "closed" : "open")) continue;
      if (since > 0) waits.push(performance.now() - since);
      if (waits.length === 6) break;
      closing = !closing;
      since = performance.now();
      if (closing) writeFileSync(path, "");
      else rmSync(path);
    }
    // Usually, that is: a machine that has other things to do may be late once.
    expect(waits.sort((a, b) => a - b)[2]).toBeLessThan(1_000);
  });

  test("says that no gateway answers rather than that nothing goes on", async () => {
    const app = await seedApp(it.db.store, STATES["Blue live, next release in green"]!);
    for await (const { data } of events(`/apps/${app}/live`)) {
      if (data.type !== "traffic") continue;
      expect(data.traffic.slots).toBe(null);
      break;
    }
  });

  test("leaves nothing behind when its reader hangs up", async () => {
    const app = await seedApp(it.db.store, STATES["Blue live, next release in green"]!);
    for await (const _ of events(`/apps/${app}/live`)) break;
    await expect.poll(() => it.site.live.watching).toBe(0);
  });

  test("leaves nothing behind either when news was on its way to the reader", async () => {
    const gone = new AbortController();
    const feed = it.site.live.subscribe({}, gone.signal);
    expect((await feed.next()).value).toBe("resync");
    gone.abort();
    expect(it.site.live.watching).toBe(0);
    expect((await feed.next()).done).toBe(true);
  });
});
