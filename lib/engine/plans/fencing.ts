/** Steps that make a slot's data refuse its app's writes, and let it write again. All stores of the app at once. */
import type { SlotName } from "../model.ts";
import type { Step, StepContext } from "../plan.ts";
import { type DataDriver, type Fence, Refusal } from "../ports.ts";
import { type Facts, mayWrite, slotRef, type World } from "../world.ts";

type Site = { world: World; facts: Facts };

const DURABLE = "make the fence durable";

export interface FenceSteps {
  /** Before the window. */
  ready: Step;
  fence: Step;
  makeDurable: Step;
  /** The same in two: of the stores whose writers the fence holds, and of the others. None where there is no such store. */
  makeDurableOf(holdsWriters: boolean): Step[];
  /** Rejects unless every store durably refuses the slot's writes. */
  assertDurable(): Promise<void>;
}

/** The fence lives in the databases' own sessions until `makeDurable`; the handles are this engine's alone. */
export function fenceSteps({ world, facts }: Site, slot: SlotName): FenceSteps {
  const ref = slotRef(facts, slot);
  let fences: { driver: DataDriver; fence: Fence }[] = [];
  const letWrite: Step["undo"] = async ({ token }) => {
    if (!mayWrite(facts, slot)) return;
    for (const driver of world.data) await driver.unfence(ref, { token });
  };
  const makeDurable = (drivers: DataDriver[], name: string): Step => ({
    name,
    phase: "window",
    guarded: true,
    act: async () => {
      const own = fences.filter(({ driver }) => drivers.includes(driver));
      // All of them have ended when it rejects, so that an undo meets none still under way.
      const made = await Promise.allSettled(own.map(({ fence }) => fence.makeDurable()));
      const failed = made.find((one) => one.status === "rejected");
      if (failed) throw failed.reason;
      return undefined;
    },
  });
  const assertDurable = async () => {
    await Promise.all(
      world.data.map(async (driver) => {
        if (!(await driver.fenced(ref))) throw new Error(`${slot}'s ${driver.name} data is not fenced.`);
      }),
    );
  };
  return {
    assertDurable,
    ready: {
      name: `ready to fence ${slot}`,
      phase: "before",
      act: async ({ token }) => {
        await Promise.all(world.data.map((driver) => driver.readyFence?.(ref, { token })));
        return undefined;
      },
      undo: letWrite,
    },
    fence: {
      name: `fence ${slot}`,
      phase: "window",
      guarded: true,
      act: async ({ token, signal, remainingMs }) => {
        const deadlineMs = Math.min(remainingMs(), facts.tuning.windowMs);
        const held = await Promise.allSettled(
          world.data.map(async (driver) => ({
            driver,
            fence: await driver.fence(ref, { token, signal, deadlineMs }),
          })),
        );
        // Those that are held are let go by the undo, also when another could not be had.
        fences = held.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
        const failed = held.find((one) => one.status === "rejected");
        if (failed) throw failed.reason;
        return undefined;
      },
      undo: async (context) => {
        for (const { fence } of fences) await fence.release();
        // Also ends the session of an engine that was replaced while it held the fence.
        await letWrite(context);
      },
    },
    makeDurable: makeDurable(world.data, DURABLE),
    makeDurableOf(holdsWriters) {
      const drivers = world.data.filter(({ capabilities }) => capabilities.holdsWriters === holdsWriters);
      const names = drivers.map(({ name }) => name).join(", ");
      return drivers.length === 0 ? [] : [makeDurable(drivers, `${DURABLE} (${names})`)];
    },
  };
}

/** Directly before the commit: visitors still wait, and what is about to lose its authority can't be written. */
export async function readyToCommit(
  { world, facts }: Site,
  fence: FenceSteps,
  context: StepContext,
): Promise<void> {
  const [holding] = await Promise.all([
    world.gateways.holding(facts.app, context.runId, 0),
    fence.assertDurable(),
  ]);
  if (!holding) {
    throw new Refusal(
      "hold-lost",
      "The hold ended before the commit.",
      "Look at the gateway's log, then try again.",
    );
  }
}

export function unfence({ world, facts }: Site, slot: SlotName): Step {
  return {
    name: `unfence ${slot}`,
    phase: "after",
    guarded: true,
    act: async ({ token }) => {
      await Promise.all(world.data.map((driver) => driver.unfence(slotRef(facts, slot), { token })));
      return undefined;
    },
  };
}
