/**
 * The swap. A slot that is fed has all but the last changes: the feed is turned round. Any other gets the live data
 * while visitors wait.
 */
import { otherSlot } from "../model.ts";
import type { Plan, Step } from "../plan.ts";
import { type CopyProgress, type DataDescription, type DataDriver, Refusal } from "../ports.ts";
import { type Facts, mayWrite, slotRef, type World } from "../world.ts";
import { switchPlan } from "./switch.ts";

export interface SwapInput {
  /** Publishing a domain by hand to a slot that is fed is the same act. */
  addDomain?: string;
  /** Although contents differ: the rows go live as they are in the idle slot. */
  force?: boolean;
}

export function swapPlan(world: World, facts: Facts, { addDomain, force = false }: SwapInput = {}): Plan {
  const site = { world, facts };
  const fed = facts.slots[otherSlot(facts.live!)].fed;
  return switchPlan({
    ...site,
    data: fed ? "fed" : "copied",
    compare: force ? "forced" : "strictly",
    behindFence: ({ from, to }) => {
      // What is fed needs no copy; what catches up behind the durable fence was carried ahead.
      const copied = fed ? world.data.filter(({ feeds, catchUp }) => !feeds && !catchUp) : world.data;
      if (copied.length === 0) return [];
      return [copyStep(site, from, to, "window", copied), verifyStep(site, from, to, copied)];
    },
    change: ({ from, to }) => ({
      liveSlot: to,
      slots: {
        [to]: { dataState: "authoritative", fed: false, synced: true },
        [from]: { dataState: "resting", fed },
      },
      ...(addDomain ? { addDomain: { host: addDomain, audience: "public" as const } } : {}),
      forgetWayBack: true,
    }),
  });
}

type Site = { world: World; facts: Facts };

/**
 * Full copy; the target refuses its own app's writes from then on, until it is live or the run went back. `feed`: the
 * stores that can be are kept up from there on.
 */
export function copyStep(
  { world, facts }: Site,
  from: "blue" | "green",
  to: "blue" | "green",
  phase: "window" | "before",
  drivers: DataDriver[] = world.data,
  feed = false,
): Step {
  return {
    name: `copy ${from} to ${to}`,
    phase,
    act: async ({ token, signal, progress }) => {
      const total = { ms: 0, rows: 0, bytes: 0, tables: 0, carried: 0, notes: [] as string[] };
      for (const driver of drivers) {
        const how = {
          token,
          signal,
          onProgress: (step: CopyProgress) => progress({ store: driver.name, ...step }),
        };
        const slots = [slotRef(facts, from), slotRef(facts, to)] as const;
        const copying = feed && driver.feeds ? driver.feeds.open(...slots, how) : driver.copy(...slots, how);
        if (driver.capabilities.follows) {
          // Says nothing about how long the next one takes.
          const { rows, notes } = await copying;
          total.carried += rows;
          total.notes.push(...notes);
          continue;
        }
        const [report, described] = await Promise.all([copying, driver.describe(slotRef(facts, from))]);
        total.ms += report.ms;
        total.rows += report.rows;
        // What it takes on disk, so that the next forecast compares like with like.
        total.bytes += tableBytes(described);
        total.tables += report.tables.length;
        total.notes.push(...report.notes);
      }
      return total;
    },
    undo: async ({ token }) => {
      const both = [slotRef(facts, from), slotRef(facts, to)] as const;
      if (feed) for (const driver of drivers) await driver.feeds?.close(both, { token });
      if (!mayWrite(facts, to)) return;
      for (const driver of drivers) await driver.unfence(slotRef(facts, to), { token });
    },
  };
}

/** Tables with their indexes; a database's own size has the server's catalogs in it. */
export const tableBytes = (described: DataDescription): number =>
  described.tables.reduce((sum, table) => sum + table.bytes, 0);

function verifyStep(
  { facts }: Site,
  from: "blue" | "green",
  to: "blue" | "green",
  drivers: DataDriver[],
): Step {
  return {
    name: "verify the copy",
    phase: "window",
    act: async () => {
      const all = [];
      // Where writers are not held yet, counting comes when they are.
      for (const driver of drivers.filter((one) => !one.catchUp))
        all.push(...(await driver.count(slotRef(facts, from), slotRef(facts, to))));
      const wrong = all.find((count) => count.from !== count.to);
      if (wrong) {
        throw new Refusal(
          "counts-differ",
          `${wrong.table} has ${wrong.from} rows in ${from} and ${wrong.to} in ${to} after the copy.`,
          `See whether a trigger or a rule of ${to}'s schema adds or drops rows.`,
        );
      }
      return { counts: all };
    },
  };
}
