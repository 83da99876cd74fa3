/** Whether the two slots hold the same: row for row before the window, by what takes no time in it. */
import type { SlotName } from "../model.ts";
import type { Step, StepContext } from "../plan.ts";
import { type Mismatch, type QuickCheck, Refusal, type VerifyProgress, type VerifyReport } from "../ports.ts";
import { type Facts, slotRef, type World } from "../world.ts";
import { feedsOf } from "./feeding.ts";

type Site = { world: World; facts: Facts };
type Slots = { from: SlotName; to: SlotName };

export const COMPARE = "compare contents";
/** Until what was written before a look has arrived. Milliseconds. */
const CAUGHT_UP_MS = 30_000;

/**
 * Every row of the stores that are fed, while live goes on. A difference keeps the run from its window, unless that is
 * `forced`: then it is written down. Gives up after `verifyMs`, as nobody should wait a day for a swap.
 */
export function compareContents(site: Site, slots: Slots, forced: boolean): Step {
  const { world, facts } = site;
  const [from, to] = [slotRef(facts, slots.from), slotRef(facts, slots.to)];
  return {
    name: COMPARE,
    phase: "before",
    act: async ({ signal, progress }) => {
      const patience = AbortSignal.timeout(facts.tuning.verifyMs);
      const reports: VerifyReport[] = [];
      let last: VerifyProgress | null = null;
      for (const driver of world.data) {
        if (!driver.verify || !driver.feeds) continue;
        const { feeds } = driver;
        const report = await driver
          .verify(from, to, {
            signal: AbortSignal.any([signal, patience]),
            caughtUp: async () => void (await feeds.settle(from, to, { timeoutMs: CAUGHT_UP_MS, signal })),
            onProgress: (seen) => {
              last = seen;
              progress({ store: driver.name, ...seen });
            },
          })
          .catch((error) => {
            if (!patience.aborted || signal.aborted) throw error;
            return null;
          });
        if (report === null) return unfinished(facts, last);
        reports.push(report);
      }
      const mismatches = reports.flatMap((report) => report.mismatches);
      if (mismatches.length > 0 && !forced) throw differs(mismatches, slots);
      const tables = reports.flatMap((report) => report.tables);
      return {
        tables: tables.length,
        rows: tables.reduce((sum, { rows }) => sum + rows, 0),
        checksums: tables.map(({ table, rows, checksum }) => ({ table, rows, checksum })),
        mismatches,
        notes: [...reports.flatMap(({ notes }) => notes), ...(forced ? mismatches.map(sentence) : [])],
      };
    },
  };
}

function unfinished({ tuning }: Facts, last: VerifyProgress | null) {
  const seen = last ? `${last.tablesDone} of ${last.tablesTotal} tables (${last.rows} rows)` : "no table";
  const note = `Contents were compared for ${tuning.verifyMs / 1000} s: ${seen}. verifyMs in the app's settings says how long.`;
  return { tables: last?.tablesDone ?? 0, rows: last?.rows ?? 0, mismatches: [], notes: [note] };
}

const sentence = ({ table, kind, keyFrom, keyTo, rows }: Mismatch): string =>
  `${rows} rows of ${table} are ${kind}, from key ${keyFrom} to ${keyTo}.`;

const differs = (mismatches: Mismatch[], { from, to }: Slots) =>
  new Refusal(
    "contents-differ",
    `${to} does not hold what ${from} does: ${mismatches.slice(0, 5).map(sentence).join(" ")}`,
    `Sync again, which copies ${from} anew. An admin can swap all the same, with these rows as they are in ${to}.`,
  );

/** What is seen at a glance. Made ready before the window, as that takes longer than the look itself. */
export function glance(site: Site, slots: Slots): { ready: Step; look: Step } {
  const { world, facts } = site;
  const [from, to] = [slotRef(facts, slots.from), slotRef(facts, slots.to)];
  let checks: QuickCheck[] = [];
  const close = async () => {
    await Promise.all(checks.splice(0).map((check) => check.close()));
  };
  return {
    ready: {
      name: "ready the check",
      phase: "before",
      act: async () => {
        const opened = world.data.map((driver) =>
          driver.feeds ? driver.openQuickCheck?.(from, to) : undefined,
        );
        checks = (await Promise.all(opened)).filter((check) => check !== undefined);
        return { tables: checks.reduce((sum, { tables }) => sum + tables, 0) };
      },
      undo: close,
    },
    look: {
      name: "verify",
      phase: "window",
      guarded: true,
      act: async (_context: StepContext) => {
        const looks = [
          ...checks.map((check) => check.run()),
          ...feedsOf(site).map((feeds) => feeds.schemaChanges(from, to)),
        ];
        const differences = (await Promise.all(looks)).flat();
        // Nobody waits for the end of what was only read.
        close().catch(() => {});
        if (differences.length === 0) return undefined;
        throw new Refusal("data-differs", `${differences.join(". ")}.`, "Sync again, then swap.");
      },
    },
  };
}
