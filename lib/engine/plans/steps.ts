/** Steps that several plans share. Each is safe to repeat and looks at the real world where that tells. */
import type { SlotName, Verb } from "../model.ts";
import type { Step } from "../plan.ts";
import { Refusal } from "../ports.ts";
import {
  type Facts,
  portOf,
  releaseIn,
  slotRef,
  specOf,
  variableScope,
  type World,
  webInstances,
  workersOf,
} from "../world.ts";

type Site = { world: World; facts: Facts };

/** `scope`: live for a slot that is about to be, so that visitors meet it with their variables. */
export function startWeb({ world, facts }: Site, slot: SlotName, scope?: "live"): Step {
  return {
    name: `start ${slot}`,
    phase: "before",
    act: async () => {
      if (!world.runtime.capabilities.processes) return undefined;
      const spec = await specOf(world, facts, slot, releaseIn(facts, slot), { scope });
      return void (await world.runtime.start(spec, webInstances(facts)));
    },
    ...(scope === "live" && variableScope(facts, slot) === "preview"
      ? // It does not go live: what testers do there must not reach the world by live's variables.
        { undo: async () => startWith({ world, facts }, slot, "preview") }
      : {}),
  };
}

/** The slot is not live any more: testers use it, with the variables for previews. */
export function toPreview(site: Site, slot: SlotName): Step {
  return {
    name: `start ${slot} as a preview`,
    phase: "after",
    bestEffort: true,
    act: async ({ signal }) => {
      await readsEnded(site, slot, signal);
      await startWith(site, slot, "preview");
      return undefined;
    },
  };
}

/** What began to read from it in the window is not cut off; testers may come all the time, so not for ever. */
async function readsEnded({ world, facts }: Site, slot: SlotName, signal: AbortSignal): Promise<void> {
  if (facts.slots[slot].release?.manifest.reads !== "serve") return;
  const { drainMs: timeoutMs } = facts.tuning;
  const ports = webInstances(facts).map((name) => portOf(facts.slots[slot].port, name));
  await Promise.allSettled(ports.map((port) => world.gateways.drain(facts.app, { port, timeoutMs, signal })));
}

async function startWith({ world, facts }: Site, slot: SlotName, scope: "live" | "preview"): Promise<void> {
  const { release } = facts.slots[slot];
  if (!release || !world.runtime.capabilities.processes) return;
  await world.runtime.start(await specOf(world, facts, slot, release, { scope }), webInstances(facts));
}

export function healthy(
  { world, facts }: Site,
  slot: SlotName,
  release = () => releaseIn(facts, slot),
): Step {
  return {
    name: `${slot} healthy`,
    phase: "before",
    act: async (context) => {
      const { tuning } = facts;
      const spec = await specOf(world, facts, slot, release());
      const { signal } = context;
      const { path } = release().manifest.health;
      const limits = {
        path,
        goodAnswers: tuning.healthGoodAnswers,
        timeoutMs: tuning.healthTimeoutMs,
        signal,
      };
      await Promise.all(
        webInstances(facts).map((process) => world.runtime.healthy(spec, { process, ...limits })),
      );
      return undefined;
    },
  };
}

/** Verbs during which no job begins: they may stop it half-way, or have it meet a fence. */
export const KEEPS_JOBS_WAITING: Verb[] = [
  "swap",
  "rollback",
  "publish",
  "pause",
  "resume",
  "restart",
  "update",
  "remove",
];

/** Workers and jobs write too: they must be gone before the fence, gracefully. */
export function stopWorkers({ world, facts }: Site, slot: SlotName): Step {
  const workers = workersOf(releaseIn(facts, slot));
  return {
    name: "stop workers",
    phase: "before",
    act: async ({ signal }) => {
      const { stopGraceMs: graceMs } = facts.tuning;
      const reason = "Ended because the live slot is about to change.";
      const [jobs] = await Promise.all([
        world.jobs?.settle(facts.app, { graceMs, reason, signal }),
        workers.length > 0 && world.runtime.stop(slotRef(facts, slot), { only: workers, graceMs }),
      ]);
      return { stopped: workers, jobs: jobs ?? [] };
    },
    undo: async () => {
      if (workers.length === 0 || facts.slots[slot].paused) return;
      await world.runtime.start(await specOf(world, facts, slot, releaseIn(facts, slot)), workers);
    },
  };
}

export function startWorkers({ world, facts }: Site, slot: SlotName): Step {
  const workers = workersOf(releaseIn(facts, slot));
  return {
    name: "start workers",
    phase: "after",
    bestEffort: true,
    act: async () => {
      if (workers.length === 0) return undefined;
      await world.runtime.start(await specOf(world, facts, slot, releaseIn(facts, slot)), workers);
      return { started: workers };
    },
  };
}

/** The live slot stays up, so what only reads need not wait where the app asks for that (`reads: serve`). */
interface Held {
  readsGoOn?: boolean;
}

/** Visitors wait from here. The lock carries its own end, beyond the window's deadline. */
export function hold({ world, facts }: Site, { readsGoOn }: Held = {}): Step {
  const { windowMs, holdSpareMs, expireSpareMs } = facts.tuning;
  return {
    name: "hold",
    phase: "window",
    act: async ({ runId, token }) => {
      const holdUntil = world.clock.now() + windowMs + holdSpareMs;
      await world.gateways.hold({
        app: facts.app,
        runId,
        token,
        holdUntil,
        expiresAt: holdUntil + expireSpareMs,
        readsGoOn,
      });
      return { holdUntil };
    },
    undo: async ({ runId, token }) => void (await world.gateways.release(facts.app, runId, token)),
  };
}

/** A write in flight is never cut off: if it takes too long the run goes back and says which request it was. */
export function drain({ world, facts }: Site, { readsGoOn }: Held = {}): Step {
  return {
    name: "drain",
    phase: "window",
    guarded: true,
    act: async ({ signal, remainingMs }) => {
      const timeoutMs = Math.min(facts.tuning.drainMs, remainingMs());
      await world.gateways.drain(facts.app, { readsGoOn, timeoutMs, signal });
      return undefined;
    },
  };
}

/** Returns when every gateway has the routes that the commit wrote. */
export function route({ world, facts }: Site): Step {
  return {
    name: "route",
    phase: "after",
    guarded: true,
    act: async ({ token }) => {
      const routes = await world.routes(facts.app);
      await world.gateways.route(routes, token);
      return { version: routes.version, live: routes.live };
    },
  };
}

export function release({ world, facts }: Site): Step {
  return {
    name: "release",
    phase: "after",
    guarded: true,
    act: async ({ runId, token }) => ({ ...(await world.gateways.release(facts.app, runId, token)) }),
  };
}

/** How long a crowd that has waited is served before anything else takes of the machine. Milliseconds. */
const CROWD_MS = 250;

/** What comes next starts processes and feeds, and the crowd that was let go is still being answered. */
export function visitorsFirst({ world }: Site): Step {
  return {
    name: "visitors first",
    phase: "after",
    bestEffort: true,
    act: async ({ signal }) => {
      await world.clock.sleep(CROWD_MS, signal);
      return undefined;
    },
  };
}

/** Event streams and WebSockets are not drained; closed, their clients come again and reach the new slot. */
export function closeStreams({ world, facts }: Site, slot: SlotName): Step {
  return {
    name: "close streams",
    phase: "after",
    bestEffort: true,
    act: async ({ token }) => ({ ...(await world.gateways.closeStreams(slotRef(facts, slot), token)) }),
  };
}

/** Every reason at once, each with its remedy. */
export function refuseOn(findings: { severity: string; what: string; remedy: string }[]): void {
  const reasons = findings.filter((finding) => finding.severity === "refuse");
  if (reasons.length === 0) return;
  throw new Refusal(
    "preflight",
    reasons.map((reason) => reason.what).join(" "),
    reasons.map((reason) => reason.remedy).join(" "),
  );
}
