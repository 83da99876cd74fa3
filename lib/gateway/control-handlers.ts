/** What each control call does. Every one answers when it is true. */

import { decide } from "#lib/gate/decide.ts";
import type { LockReader } from "#lib/gate/lock-reader.ts";
import { isOwn } from "#lib/gate/lock-state.ts";
import type { Answer } from "./control.ts";
import { ControlError, type Handlers } from "./control-server.ts";
import type { Gatekeeper } from "./gatekeeper.ts";
import type { RouteBook } from "./route-book.ts";
import type { Traffic } from "./traffic.ts";

/** How long `release` waits for the last of the held requests to be on its way before it reports. */
const RELEASE_MS = 2_000;

export interface ControlledParts {
  id: string;
  routes: RouteBook;
  locks: LockReader;
  traffic: Traffic;
  gatekeeper: Gatekeeper;
}

export function controlHandlers({ id, routes, locks, traffic, gatekeeper }: ControlledParts): Handlers {
  const tokens = new Tokens();

  const hold = (app: string, run: { runId: string; token: number }, now = Date.now()) => {
    const places = locks.read(app, now);
    const own = [places.app, places.window].find((reading) => isOwn(reading, run));
    if (own?.kind !== "lock") return null;
    const { holdUntil, expiresAt } = own.lock;
    return Math.min(holdUntil ?? 0, expiresAt ?? Number.POSITIVE_INFINITY);
  };

  return {
    ping: () => ({ id, version: routes.table.version }),

    // Each request looks at the lock itself, so all that come from now on and may write wait, and all that were let
    // through before are counted in flight already: both happen in one turn of the event loop.
    hold: ({ app, runId, token }) => {
      tokens.check(app, token);
      const until = hold(app, { runId, token });
      if (until === null || until <= Date.now()) {
        throw new ControlError(409, "no-hold", `This gateway does not see the lock of run ${runId}.`);
      }
      return { held: true };
    },

    holding: ({ app, runId, forMs }) => {
      const until = hold(app, { runId, token: Number.MAX_SAFE_INTEGER });
      return { holding: until !== null && until >= Date.now() + forMs };
    },

    drain: async ({ app, timeoutMs, ...which }, signal) => {
      await traffic.idle(app, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]), which);
      const left = traffic.inFlight(app, which);
      return { drained: left.length === 0, slowest: left[0] ?? null, left: left.length };
    },

    route: async ({ routes: wanted, token }) => {
      tokens.check(wanted.app, token);
      const version = await routes.setApp(wanted);
      if (version > wanted.version) {
        throw new ControlError(409, "stale-version", `Version ${version} of the app's routes is in force.`);
      }
      gatekeeper.pump(wanted.app);
      return { version };
    },

    closeStreams: ({ app, slot, port, token }) => {
      tokens.check(app, token);
      return { closed: traffic.closeStreams(app, slot, port) };
    },

    release: async ({ app, runId, token }) => {
      tokens.check(app, token);
      gatekeeper.pump(app);
      const deadline = performance.now() + RELEASE_MS;
      while (
        gatekeeper.waiting(app) > 0 &&
        hold(app, { runId, token }) === null &&
        performance.now() < deadline
      ) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return gatekeeper.ledger.read(app, runId);
    },

    stats: () => readStats({ routes, locks, traffic, gatekeeper }),
  };
}

export const readStats = (parts: Omit<ControlledParts, "id">): Answer<"stats"> => ({
  at: Date.now(),
  traffic: parts.traffic.read(),
  gates: gates(parts),
});

function gates(parts: Pick<ControlledParts, "routes" | "locks" | "gatekeeper">): Answer<"stats">["gates"] {
  const now = Date.now();
  return parts.routes.table.apps.map((routes) => {
    const locks = parts.locks.read(routes.app, now);
    // Of a request that writes: what reads may go on in a hold, and a probe is answered.
    const { act } = decide({
      routes,
      audience: "public",
      locks,
      method: "POST",
      path: "/",
      stream: false,
      now,
    });
    const state =
      act === "pass" ? ("open" as const) : act === "refuse" ? ("closed" as const) : ("held" as const);
    return { app: routes.app, state, waiting: parts.gatekeeper.waiting(routes.app) };
  });
}

/** The highest token seen for each app. An engine that was replaced comes with a lower one. */
class Tokens {
  readonly #highest = new Map<string, number>();

  check(app: string, token: number): void {
    const highest = this.#highest.get(app) ?? 0;
    if (token < highest)
      throw new ControlError(409, "stale-token", `A newer engine acts for ${app} (${highest}).`);
    this.#highest.set(app, token);
  }
}
