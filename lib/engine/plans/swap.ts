/** The swap in snapshot mode: the idle slot gets the live data while visitors wait, then the route. */
import type { Plan, Step } from "../plan.ts";
import { type DataDescription, Refusal } from "../ports.ts";
import { type Facts, slotRef, type World } from "../world.ts";
import { switchPlan } from "./switch.ts";

export function swapPlan(world: World, facts: Facts): Plan {
  const site = { world, facts };
  return switchPlan({
    ...site,
    copies: true,
    behindFence: ({ from, to }) => [copyStep(site, from, to, "window"), verifyStep(site, from, to)],
    change: ({ from, to }) => ({
      liveSlot: to,
      slots: { [to]: { dataState: "authoritative", synced: true }, [from]: { dataState: "resting" } },
      forgetWayBack: true,
    }),
  });
}

type Site = { world: World; facts: Facts };

/** Full copy; the target refuses its own app's writes from then on, until it is live or the run went back. */
export function copyStep(
  { world, facts }: Site,
  from: "blue" | "green",
  to: "blue" | "green",
  phase: "window" | "before",
): Step {
  return {
    name: `copy ${from} to ${to}`,
    phase,
    act: async ({ token, signal, progress }) => {
      const total = { ms: 0, rows: 0, bytes: 0, tables: 0, carried: 0, notes: [] as string[] };
      for (const driver of world.data) {
        const copying = driver.copy(slotRef(facts, from), slotRef(facts, to), {
          token,
          signal,
          onProgress: (step) => progress({ store: driver.name, ...step }),
        });
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
      if (facts.slots[to].paused) return;
      for (const driver of world.data) await driver.unfence(slotRef(facts, to), { token });
    },
  };
}

/** Tables with their indexes; a database's own size has the server's catalogs in it. */
export const tableBytes = (described: DataDescription): number =>
  described.tables.reduce((sum, table) => sum + table.bytes, 0);

function verifyStep({ world, facts }: Site, from: "blue" | "green", to: "blue" | "green"): Step {
  return {
    name: "verify",
    phase: "window",
    act: async () => {
      const all = [];
      // Where writers are not held yet, counting comes when they are.
      for (const driver of world.data.filter((one) => !one.catchUp))
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
