/** What the bench asks of the API while visitors come. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Verb } from "#lib/engine/model.ts";
import type { AppView, RunView } from "#lib/operations/views.ts";
import type { Api } from "../day/api.ts";
import { SHOP } from "../day/shop.ts";

/** The first copy of a gigabyte on a busy machine. */
export const RUN_MS = 1_800_000;
const LOOK_MS = 500;

/** Does it and resolves when it is done; rejects when it did not succeed. `deploy` takes the new release. */
export type Act = (verb: Verb, input?: Record<string, unknown>) => Promise<void>;

export const actsOn =
  (api: Api, newRelease: string): Act =>
  async (verb, input = {}) => {
    const source = { kind: "folder", path: newRelease };
    await succeeded(api, verb, verb === "deploy" ? { source } : input);
  };

export const succeeded = async (
  api: Api,
  verb: Verb,
  input: Record<string, unknown> = {},
): Promise<RunView> => api.succeeded(await api.act(SHOP.app, verb, input), RUN_MS);

/** Resolves when nothing runs and `notReady` has no objection; rejects with its last one after `timeoutMs`. */
export async function untilReady(
  api: Api,
  notReady: (app: AppView) => string | null,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const app = await api.app(SHOP.app);
    const reason = app.activeRun ? `${app.activeRun.kind} is running` : notReady(app);
    if (reason === null) return;
    if (performance.now() > deadline) throw new Error(`after ${timeoutMs / 1_000} s still: ${reason}`);
    await sleep(LOOK_MS);
  }
}
