/** The engine's `Gateways`: every gateway of this home as one. */

import type { z } from "zod";
import type { Home } from "#lib/config/home.ts";
import { type AppRoutes, type Gateways, type HoldReport, Refusal, StaleToken } from "#lib/engine/ports.ts";
import {
  holdPaths,
  lockPath,
  readLock,
  removeOwnLock,
  windowLockPath,
  writeEngineLock,
} from "#lib/gate/lock-file.ts";
import { isOwn, isPersons, type LockReading } from "#lib/gate/lock-state.ts";
import { CallRefused, call } from "./call.ts";
import type { Answer, Call, ControlFile, calls } from "./control.ts";
import { hasLeft, livingGateways } from "./control-file.ts";

export interface GatewaysOptions {
  home: Home;
  /** How long a gateway may take to answer a call that does not wait for anything. Milliseconds. */
  timeoutMs?: number;
}

const TIMEOUT_MS = 2_000;
/** A release waits for the held requests to be on their way. */
const RELEASE_MS = 5_000;

export function createGateways({ home, timeoutMs = TIMEOUT_MS }: GatewaysOptions): Gateways {
  const living = (): ControlFile[] => {
    const gateways = livingGateways(home);
    if (gateways.length > 0) return gateways;
    throw new Refusal(
      "gateway-silent",
      "No gateway is running.",
      "Start the gateway (npm start starts everything) and try again.",
    );
  };

  /** Of each that lives; one that ends meanwhile has nothing under way any more, and its successor looks itself. */
  const all = async <C extends Call>(
    name: C,
    input: z.input<(typeof calls)[C]>,
    options: { timeoutMs: number; signal?: AbortSignal } = { timeoutMs },
  ): Promise<Answer<C>[]> => {
    const answers = await Promise.all(
      living().map((gateway) =>
        call(gateway, name, input, options).catch((error) =>
          error instanceof CallRefused || options.signal?.aborted || !hasLeft(home, gateway)
            ? explain(gateway, options.signal)(error)
            : null,
        ),
      ),
    );
    const given = answers.filter((answer) => answer !== null);
    return given.length > 0 ? given : all(name, input, options);
  };

  return {
    async ping() {
      await all("ping", {});
    },

    async hold({ app, runId, token, holdUntil, expiresAt, readsGoOn }) {
      living();
      const lock = { app, runId, token, holdUntil, expiresAt, readsGoOn };
      let path = lockPath(home, app);
      let result = writeEngineLock(path, lock);
      if (!result.written && isPersons(result.found)) {
        path = windowLockPath(home, app);
        result = writeEngineLock(path, lock);
      }
      if (!result.written) throw heldBySomebody(app, path, result.found, token);
      try {
        await all("hold", { app, runId, token });
      } catch (error) {
        removeOwnLock(path, { runId, token });
        throw error;
      }
    },

    async holding(app, runId, forMs) {
      const run = { runId, token: Number.MAX_SAFE_INTEGER };
      if (!holdPaths(home, app).some((path) => isOwn(readLock(path), run))) return false;
      const answers = await all("holding", { app, runId, forMs });
      return answers.every(({ holding }) => holding);
    },

    async drain(app, { port, readsGoOn, timeoutMs: drainMs, signal }) {
      const answers = await all(
        "drain",
        { app, port, readsGoOn, timeoutMs: drainMs },
        { timeoutMs: drainMs + timeoutMs, signal },
      );
      const busy = answers.filter(({ drained }) => !drained);
      if (busy.length === 0) return;
      const slowest = busy
        .flatMap(({ slowest }) => slowest ?? [])
        .reduce((a, b) => (a.ageMs >= b.ageMs ? a : b), { method: "", path: "", ageMs: 0 });
      const left = busy.reduce((sum, answer) => sum + answer.left, 0);
      throw new Refusal(
        "drain-timeout",
        `After ${seconds(drainMs)} ${left === 1 ? "a request was" : `${left} requests were`} still under way; ` +
          `the slowest is ${slowest.method} ${slowest.path}, running for ${seconds(slowest.ageMs)}.`,
        "Wait until it is done or find out why it takes so long, then try again; drainMs in the app's settings says how long to wait.",
      );
    },

    async route(routes: AppRoutes, token) {
      await all("route", { routes, token });
    },

    async closeStreams({ app, slot }, token, port) {
      const answers = await all("closeStreams", { app, slot, port, token });
      return { closed: answers.reduce((sum, { closed }) => sum + closed, 0) };
    },

    async release(app, runId, token) {
      for (const path of holdPaths(home, app)) removeOwnLock(path, { runId, token });
      const answers = await all("release", { app, runId, token }, { timeoutMs: RELEASE_MS });
      return answers.reduce<HoldReport>(
        (sum, { held, served, refused, longestWaitMs }) => ({
          served: sum.served + served,
          held: sum.held + held,
          refused: sum.refused + refused,
          longestWaitMs: Math.max(sum.longestWaitMs, longestWaitMs),
        }),
        { held: 0, served: 0, refused: 0, longestWaitMs: 0 },
      );
    },
  };
}

/** Turns what went wrong into what the engine understands. */
function explain({ id }: ControlFile, signal: AbortSignal | undefined): (error: unknown) => never {
  return (error) => {
    if (error instanceof CallRefused) {
      if (error.code === "stale-token") throw new StaleToken(error.message, { cause: error });
      throw new Refusal(
        error.code,
        `Gateway ${id} refused: ${error.message}`,
        "Look at the gateway's log, then try again.",
        { cause: error },
      );
    }
    if (signal?.aborted) throw signal.reason;
    throw new Refusal(
      "gateway-silent",
      `Gateway ${id} does not answer.`,
      "Restart the gateway (it goes on serving from its last known routes) and try again.",
      { cause: error },
    );
  };
}

function heldBySomebody(app: string, path: string, found: LockReading, token: number): Error {
  const lock = found.kind === "lock" ? found.lock : null;
  if ((lock?.token ?? 0) > token) return new StaleToken(`a newer engine holds ${app}`);
  return new Refusal(
    "gate-held",
    lock?.runId ? `Run ${lock.runId} still holds the gate of ${app}.` : `Something stands at ${path}.`,
    lock?.runId ? "Wait until that run has ended; its hold ends by itself." : "Remove it and try again.",
  );
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
