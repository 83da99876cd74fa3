/**
 * Replaces the web processes of the live slot one by one while visitors are served: a spare one with what is to come
 * takes part first, then each in turn is taken out of the route, drained, started anew and taken in again.
 */
import type { SlotName } from "../model.ts";
import type { Plan, Step, StepContext } from "../plan.ts";
import { messageOf } from "../retry.ts";
import {
  type Facts,
  portOf,
  type ReleaseFacts,
  SPARE,
  slotRef,
  specOf,
  type World,
  webInstances,
  workersOf,
} from "../world.ts";

export interface Rolling {
  world: World;
  facts: Facts;
  slot: SlotName;
  /** What runs now, and what to go back to. */
  old: ReleaseFacts;
  /** What is to run; the same release for a restart. */
  next(context: StepContext): ReleaseFacts;
  /** Whether the workers are replaced too, once visitors are served by the new ones. */
  workers: boolean;
}

/** A process that served yesterday is asked no longer than that whether it may serve again. Milliseconds. */
const LOOK_MS = 3_000;

/** Before the commit nothing is lost by going back; after it the spare one is sent home. */
export function rollSteps(rolling: Rolling): Pick<Plan, "before" | "after"> {
  const instances = webInstances(rolling.facts);
  return {
    before: [
      startSpare(rolling),
      ...instances.flatMap((name) => replaceOne(rolling, name)),
      routeToAll(rolling),
    ],
    after: [retireSpare(rolling), ...(rolling.workers ? [replaceWorkers(rolling)] : [])],
  };
}

function startSpare(rolling: Rolling): Step {
  return {
    name: `start ${SPARE}`,
    phase: "before",
    act: async (context) => {
      const { world, facts, slot } = rolling;
      // Variables may have changed since: going back is to what runs now, not to what would be started now.
      await world.runtime.remember?.(slotRef(facts, slot), webInstances(facts), context.runId);
      await start(rolling, rolling.next(context), [SPARE]);
      await healthy(rolling, rolling.next(context), SPARE, context);
      return undefined;
    },
    undo: async (context) => {
      // One of the others is not well: the spare one goes on in its place until the caretaker finds it healthy.
      if (await serves(rolling, SPARE)) return;
      await sendHome(rolling, context, [SPARE]);
    },
  };
}

function replaceOne(rolling: Rolling, instance: string): Step[] {
  const { world, facts, slot, old } = rolling;
  const all = webInstances(facts);
  const others = [SPARE, ...all.filter((name) => name !== instance)];
  const position = all.indexOf(instance);
  const before = position === 0 ? all : [SPARE, ...all.filter((name) => name !== all[position - 1])];
  const stop = () =>
    world.runtime.stop(slotRef(facts, slot), { only: [instance], graceMs: facts.tuning.stopGraceMs });
  return [
    {
      name: `route around ${instance}`,
      phase: "before",
      act: async ({ token }) => void (await serveBy(rolling, others, token)),
      undo: async (context) => serveByWell(rolling, before, context),
    },
    {
      name: `drain ${instance}`,
      phase: "before",
      act: (context) => drain(rolling, instance, context),
    },
    {
      name: `replace ${instance}`,
      phase: "before",
      act: async (context) => {
        await stop();
        await start(rolling, rolling.next(context), [instance]);
        await healthy(rolling, rolling.next(context), instance, context);
        return undefined;
      },
      undo: async (context) => {
        await stop();
        const { startAsBefore } = world.runtime;
        if (!(await startAsBefore?.(slotRef(facts, slot), instance, context.runId)))
          await start(rolling, old, [instance]);
        // Not for ever: if it stays ill, the others serve on without it.
        await healthy(rolling, old, instance, context).catch((error) => context.log(messageOf(error)));
      },
    },
  ];
}

function routeToAll(rolling: Rolling): Step {
  const all = webInstances(rolling.facts);
  return {
    name: "route to all",
    phase: "before",
    act: async ({ token }) => void (await serveBy(rolling, all, token)),
    undo: async (context) =>
      serveByWell(rolling, [SPARE, ...all.filter((name) => name !== all.at(-1))], context),
  };
}

function retireSpare(rolling: Rolling): Step {
  return {
    name: `retire ${SPARE}`,
    phase: "after",
    act: async (context) => void (await sendHome(rolling, context, [SPARE])),
  };
}

/** Old and new never work at once: each is stopped before its successor starts. */
function replaceWorkers(rolling: Rolling): Step {
  const { world, facts, slot, old } = rolling;
  return {
    name: "restart workers",
    phase: "after",
    bestEffort: true,
    act: async (context) => {
      const next = rolling.next(context);
      const workers = workersOf(next);
      const both = [...new Set([...workersOf(old), ...workers])];
      if (both.length === 0) return undefined;
      await world.runtime.stop(slotRef(facts, slot), { only: both, graceMs: facts.tuning.stopGraceMs });
      if (workers.length > 0) await start(rolling, next, workers);
      return { started: workers };
    },
  };
}

type Place = Pick<Rolling, "world" | "facts" | "slot">;

const start = async ({ world, facts, slot }: Place, release: ReleaseFacts, processes: string[]) =>
  world.runtime.start(await specOf(world, facts, slot, release), processes);

async function healthy(
  { world, facts, slot }: Place,
  release: ReleaseFacts,
  process: string,
  { signal }: Pick<StepContext, "signal">,
  hurry?: { goodAnswers: number; timeoutMs: number },
): Promise<void> {
  const { healthGoodAnswers: goodAnswers, healthTimeoutMs: timeoutMs } = facts.tuning;
  await world.runtime.healthy(await specOf(world, facts, slot, release), {
    process,
    path: release.manifest.health.path,
    signal,
    ...(hurry ?? { goodAnswers, timeoutMs }),
  });
}

/** In force when it resolves. All of them is what no list says. */
async function serveBy({ world, facts, slot }: Place, instances: string[], token: number): Promise<void> {
  const all = webInstances(facts);
  const plain = instances.length === all.length && all.every((name) => instances.includes(name));
  await world.serveBy(slotRef(facts, slot), plain ? [] : instances, token);
  await world.gateways.route(await world.routes(facts.app), token);
}

/** Going back: only those take part again that answer, and the spare one in the place of those that don't. */
async function serveByWell(rolling: Rolling, wanted: string[], context: StepContext): Promise<void> {
  const hurry = { goodAnswers: 1, timeoutMs: LOOK_MS };
  const looked = await Promise.all(
    [...new Set([...wanted, SPARE])].map(async (name) => {
      const release = name === SPARE ? rolling.next(context) : rolling.old;
      const well = await healthy(rolling, release, name, context, hurry).then(
        () => true,
        () => false,
      );
      return { name, well };
    }),
  );
  const well = looked.filter((each) => each.well).map((each) => each.name);
  const good = wanted.filter((name) => well.includes(name));
  const enough = good.length === wanted.length || well.length === 0;
  await serveBy(rolling, enough ? wanted : [...new Set([...good, ...well.slice(-1)])], context.token);
}

/** Whether the route reaches it. */
async function serves({ world, facts, slot }: Place, instance: string): Promise<boolean> {
  const { slots } = await world.routes(facts.app);
  const port = portOf(facts.slots[slot].port, instance);
  return slots.some((each) => each.slot === slot && each.targets.some((target) => target.port === port));
}

/** Nobody is cut off: what takes longer than `drainMs` is named, and nothing was stopped. */
export async function drain(
  { world, facts, slot }: Place,
  instance: string,
  { token, signal }: Pick<StepContext, "token" | "signal">,
): Promise<{ closedStreams: number }> {
  const port = portOf(facts.slots[slot].port, instance);
  await world.gateways.drain(facts.app, { port, timeoutMs: facts.tuning.drainMs, signal });
  const { closed } = await world.gateways.closeStreams(slotRef(facts, slot), token, port);
  return { closedStreams: closed };
}

/** Drained and stopped; they must be out of the route. */
export async function sendHome(
  place: Place,
  context: Pick<StepContext, "token" | "signal">,
  instances: string[],
): Promise<void> {
  const { world, facts, slot } = place;
  for (const instance of instances) await drain(place, instance, context);
  await world.runtime.stop(slotRef(facts, slot), { only: instances, graceMs: facts.tuning.stopGraceMs });
}
