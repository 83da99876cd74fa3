/** Before the window the idle release is asked for its pages, so that no visitor pays for a cold start. */
import type { SlotName } from "../model.ts";
import type { Step, StepContext, StepDetail } from "../plan.ts";
import { Refusal, type WarmedPath } from "../ports.ts";
import { type Facts, releaseIn, specOf, type World, webInstances } from "../world.ts";

type Site = { world: World; facts: Facts };
type Warmed = WarmedPath & { process: string };

export const warmName = (slot: SlotName): string => `warm ${slot}`;

const pathsOf = ({ world, facts }: Site, slot: SlotName): string[] =>
  world.runtime.warm ? (facts.slots[slot].release?.manifest.warm ?? []) : [];

/** None where the release names no paths, or the runtime can't ask. */
export function warm(site: Site, slot: SlotName): Step[] {
  const paths = pathsOf(site, slot);
  if (paths.length === 0) return [];
  return [
    {
      name: warmName(slot),
      phase: "before",
      act: (context) => act(site, slot, paths, context),
    },
  ];
}

/** A crowd that comes out of a hold finds as many connections open as it needs, within what an app's pool has. */
const AT_ONCE = 16;
const WIDE_MS = 1_000;

/**
 * Directly before the hold, as what an app opened for a crowd it closes again within seconds. Nothing of it keeps a
 * switch from going on.
 */
export function warmWide(site: Site, slot: SlotName): Step[] {
  const paths = pathsOf(site, slot);
  if (paths.length === 0) return [];
  return [
    {
      name: `warm ${slot} for many`,
      phase: "before",
      act: async ({ signal }) => {
        const asked = await ask(site, slot, paths, { atOnce: AT_ONCE, timeoutMs: WIDE_MS, signal });
        return { paths: asked.map(figures) };
      },
    },
  ];
}

async function act(site: Site, slot: SlotName, wanted: string[], context: StepContext): Promise<StepDetail> {
  const { facts } = site;
  const release = releaseIn(facts, slot);
  const { signal, log } = context;
  const all = [...new Set([release.manifest.health.path, ...wanted])];
  const paths = await ask(site, slot, all, { timeoutMs: facts.tuning.warmMs, signal });
  const warnings = paths.flatMap(warningOf);
  for (const warning of warnings) log(warning);
  const broken = paths.find(({ good, bad }) => good === 0 && bad > 0);
  // A resting slot's app can only read, and whoever goes back must not be kept from it by a page.
  if (broken && facts.slots[slot].dataState !== "resting") {
    throw new Refusal(
      "warm-failed",
      `The idle release ${release.version} answers ${broken.status} on ${broken.path} (${broken.process}), every time: look at its log.`,
      `Find in the log of ${slot} why it fails and deploy a release that answers, or take the path out of "warm" in signalbox.yaml.`,
    );
  }
  return { paths: paths.map(figures), warnings };
}

async function ask(
  { world, facts }: Site,
  slot: SlotName,
  paths: string[],
  how: { atOnce?: number; timeoutMs: number; signal: AbortSignal },
): Promise<Warmed[]> {
  const [spec, { domains }] = await Promise.all([
    specOf(world, facts, slot, releaseIn(facts, slot)),
    world.routes(facts.app),
  ]);
  const host = domains.find(({ audience }) => audience === "public")?.host ?? null;
  const all = await Promise.all(
    webInstances(facts).map(async (process): Promise<Warmed[]> => {
      const warmed = (await world.runtime.warm?.(spec, { process, paths, host, ...how })) ?? [];
      return warmed.map((each) => ({ process, ...each }));
    }),
  );
  return all.flat();
}

function warningOf({ process, path, good, bad, status, why }: Warmed): string[] {
  const where = `Warming ${path} (${process})`;
  if (why !== null) return [`${where}: ${why}${good + bad > 0 ? `, after ${good + bad} answers` : ""}.`];
  if (status !== null && status >= 500) return [`${where}: it still answers ${status}.`];
  return [];
}

const figures = ({ process, path, good, bad, firstMs, lastMs, status }: Warmed) => ({
  process,
  path,
  tries: good + bad,
  status,
  firstMs: firstMs === null ? null : Math.round(firstMs * 10) / 10,
  lastMs: lastMs === null ? null : Math.round(lastMs * 10) / 10,
});
