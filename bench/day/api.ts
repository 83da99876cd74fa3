/** The HTTP API, as a script of somebody else's would use it. */
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import type { Verb } from "#lib/engine/model.ts";
import type { PreflightAnswer } from "#lib/engine-service/control.ts";
import type { AppView, RunView } from "#lib/operations/views.ts";

const OVER = new Set(["succeeded", "failed", "aborted"]);

export interface Api {
  /** Names of all apps. */
  apps(): Promise<string[]>;
  /** Makes an app; resolves with its run's id. */
  init(input: Record<string, unknown>): Promise<string>;
  app(name: string): Promise<AppView>;
  /** Asks for a run; resolves with its id. Rejects with the API's own words when it is refused. */
  act(app: string, verb: Verb, input?: Record<string, unknown>): Promise<string>;
  /** Looks at the real world now: reasons against the verb, and what a rollback would lose. */
  preflight(app: string, verb: Verb): Promise<PreflightAnswer>;
  run(id: string): Promise<RunView>;
  /** The rows that a rollback left behind, as they can be downloaded. */
  lostRows(id: string): Promise<unknown[]>;
  /** Resolves when the run is over, however it ended; rejects after `timeoutMs`. */
  ended(id: string, timeoutMs: number): Promise<RunView>;
  /** `ended`, and rejects with its error unless it succeeded. */
  succeeded(id: string, timeoutMs: number): Promise<RunView>;
  /** Looks every `lookMs` until `what` says yes; rejects after `timeoutMs`. */
  until(id: string, what: (run: RunView) => boolean, timeoutMs: number): Promise<RunView>;
}

class Answered extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** `lookMs`: how often it looks while it waits for a run. Every look is work for the dashboard. */
export function openApi(gatewayPort: number, token: string, { lookMs = 10 } = {}): Api {
  const text = async (method: "GET" | "POST", path: string, body?: unknown): Promise<string> => {
    const answer = await request(`http://127.0.0.1:${gatewayPort}/api/v1${path}`, {
      method,
      headers: {
        host: `localhost:${gatewayPort}`,
        authorization: `Bearer ${token}`,
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeout: 30_000,
    });
    const content = await answer.body.text();
    if (answer.statusCode < 300) return content;
    throw new Answered(
      answer.statusCode,
      `${method} ${path} was answered ${answer.statusCode}: ${content.slice(0, 500)}`,
    );
  };
  const call = async (method: "GET" | "POST", path: string, body?: unknown): Promise<unknown> =>
    JSON.parse(await text(method, path, body));
  // Reading may be repeated; while a process restarts it has to be.
  const read = async (path: string): Promise<unknown> => {
    for (let left = 50; ; left--) {
      try {
        return await call("GET", path);
      } catch (error) {
        if (left === 0 || (error instanceof Answered && error.status < 500)) throw error;
        await sleep(200);
      }
    }
  };
  const runOf = (answer: unknown) => (answer as { run: { id: string } }).run.id;
  const api: Api = {
    apps: async () => ((await read("/apps")) as { apps: { name: string }[] }).apps.map(({ name }) => name),
    init: async (input) => runOf(await call("POST", "/apps", input)),
    app: async (name) => (await read(`/apps/${name}`)) as AppView,
    act: async (app, verb, input = {}) => runOf(await call("POST", `/apps/${app}/${verb}`, input)),
    preflight: async (app, verb) => (await read(`/apps/${app}/preflight/${verb}`)) as PreflightAnswer,
    run: async (id) => (await read(`/runs/${id}`)) as RunView,
    lostRows: async (id) =>
      (await text("GET", `/runs/${id}/lost-rows`))
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    async until(id, what, timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const run = await api.run(id);
        if (what(run)) return run;
        if (performance.now() > deadline)
          throw new Error(`run ${id} (${run.kind}) is still ${run.status} after ${timeoutMs} ms`);
        await sleep(lookMs);
      }
    },
    ended: (id, timeoutMs) => api.until(id, ({ status }) => OVER.has(status), timeoutMs),
    async succeeded(id, timeoutMs) {
      const run = await api.ended(id, timeoutMs);
      if (run.status !== "succeeded")
        throw new Error(`${run.kind} ${run.status}: ${run.abortReason ?? run.error ?? "no reason given"}`);
      return run;
    },
  };
  return api;
}

/** When a step began, epoch ms; null when it did not. */
export const stepStart = (run: RunView, name: string): number | null => {
  const at = run.steps.find((step) => step.name === name)?.startedAt;
  return at ? Date.parse(at) : null;
};
