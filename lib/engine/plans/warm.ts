/** Before the window the idle release is asked for its pages, so that no visitor pays for a cold start. */
import type { SlotName } from "../model.ts";
import type { Step, StepContext, StepDetail } from "../plan.ts";
import { Refusal, type WarmedPath } from "../ports.ts";
import { type Facts, releaseIn, specOf, type World, webInstances } from "../world.ts";

type Site = { world: World; facts: Facts };
type Warmed = WarmedPath & { process: string };

export const warmName = (slot: SlotName): string => `warm ${slot}`;

/** None where the release names no paths, or the runtime can't ask. */
export function warm(site: Site, slot: SlotName): Step[] {
  const paths = site.facts.slots[slot].release?.manifest.warm ?? [];
  if (paths.length === 0 || !site.world.runtime.warm) return [];
  return [
    {
      name: warmName(slot),
      phase: "before",
      act: (context) => act(site, slot, paths, context),
    },
  ];
}

async function act(
  { world, facts }: Site,
  slot: SlotName,
  wanted: string[],
  { signal, log }: StepContext,
): Promise<StepDetail> {
  const release = releaseIn(facts, slot);
  const [spec, { domains }] = await Promise.all([
    specOf(world, facts, slot, release),
    world.routes(facts.app),
  ]);
  const options = {
    paths: [...new Set([release.manifest.health.path, ...wanted])],
    host: domains.find(({ audience }) => audience === "public")?.host ?? null,
    timeoutMs: facts.tuning.warmMs,
    signal,
  };
  const all = await Promise.all(
    webInstances(facts).map(async (process): Promise<Warmed[]> => {
      const warmed = (await world.runtime.warm?.(spec, { process, ...options })) ?? [];
      return warmed.map((each) => ({ process, ...each }));
    }),
  );
  const paths = all.flat();
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
