/** What a plan is built from: the app as the store has it when the run is claimed first, and the ports. */
import type { AdoptionDesk } from "./adoption.ts";
import type { FedForecast } from "./forecast.ts";
import type { DataState, SlotName, SlotRef } from "./model.ts";
import type {
  AppRoutes,
  Clock,
  DataDriver,
  DifferentRow,
  Gateways,
  RuntimeDriver,
  SlotSpec,
} from "./ports.ts";
import type { Sources } from "./source.ts";

/** One app's: which drivers it has is the app's own affair. */
export interface World {
  clock: Clock;
  runtime: RuntimeDriver;
  /** Every store of the app's data; all of them are copied, fenced and switched together. */
  data: DataDriver[];
  gateways: Gateways;
  sources: Sources;
  /** The app's own variables, unsealed. `preview` is for a slot whose data nobody counts on. Never recorded. */
  variables(app: string, scope: "live" | "preview"): Promise<Record<string, string>>;
  /** The app's routes as the store has them now. */
  routes(app: string): Promise<AppRoutes>;
  /** Which web instances of a slot the route reaches from now on; empty: all. In force once `gateways.route` says so. */
  serveBy(slot: SlotRef, instances: string[], token: number): Promise<void>;
  /** Reads a manifest's text; rejects with Refusal naming each problem. */
  manifest(text: string, app: string): ReleaseFacts["manifest"];
  lostRows: LostRows;
  jobs?: Jobs;
  releases: ReleaseShelf;
  /** The end of an app: its name is free again, and what belonged to it alone is gone but its runs. */
  forget(runId: string): Promise<void>;
}

/** Every app's world, made of the drivers that the app has. */
export interface Worlds {
  clock: Clock;
  adoption: AdoptionDesk;
  of(app: string): Promise<World>;
  dispose(): Promise<void>;
}

/** Commands that run in the live slot beside its processes. */
export interface Jobs {
  /** Waits for those of the app, and ends those that take longer than `graceMs`. Resolves with their names. */
  settle(app: string, options: { graceMs: number; reason: string; signal: AbortSignal }): Promise<string[]>;
}

/** Where the rows go that a rollback leaves behind. */
export interface LostRows {
  open(
    app: string,
    runId: string,
  ): Promise<{ write(row: DifferentRow): Promise<void>; close(): Promise<void>; file: string }>;
  discard(app: string, runId: string): Promise<void>;
}

/** The store's list of an app's installed releases. */
export interface ReleaseShelf {
  /** Rejects with Refusal when it is not there any more. */
  get(app: string, id: string): Promise<ReleaseFacts>;
  /** Takes it off the list unless a slot has it. Its files go by `runtime.uninstall`. */
  remove(app: string, id: string): Promise<void>;
}

export interface ReleaseFacts {
  id: string;
  version: string;
  dir: string;
  manifest: {
    version: string;
    processes: Record<string, string>;
    release?: string;
    health: { path: string };
    reads?: "hold" | "serve";
    warm?: string[];
    follows?: string[];
    cron?: Record<string, CronEntry>;
  };
}

/** A command that the engine runs in the live slot at its times. */
export interface CronEntry {
  schedule: string;
  command: string;
  timezone: string;
  /** Seconds. */
  timeout: number;
}

export interface SlotFacts {
  release: ReleaseFacts | null;
  dataState: DataState;
  paused: boolean;
  /** Kept up by a feed from the live slot. */
  fed: boolean;
  /** Its web processes run on a throw-away copy of its data. */
  preview?: boolean;
  /** First of the slot's block of ports. */
  port: number;
  /** Web instances that the route reaches while they are replaced; empty: all. */
  servedBy?: string[];
}

/** Milliseconds; meanings in lib/config/app-settings.ts. */
export interface Tuning {
  windowMs: number;
  holdSpareMs: number;
  expireSpareMs: number;
  drainMs: number;
  verifyMs: number;
  stopGraceMs: number;
  healthTimeoutMs: number;
  healthGoodAnswers: number;
  warmMs: number;
  buildTimeoutMs: number;
  releaseTimeoutMs: number;
  jobTimeoutMs: number;
  keepReleases: number;
  keepReleaseBytes: number;
  minFreeBytes: number;
  webInstances: number;
}

export interface Facts {
  app: string;
  live: SlotName | null;
  slots: Record<SlotName, SlotFacts>;
  tuning: Tuning;
  /** From the last copy's speed; null before the first. */
  forecast: { windowMs: number; dataBytes: number } | null;
  /** Of a switch by a feed, from the last ones; null before the first. */
  fedForecast: FedForecast | null;
  /** Rows that going back was said to lose when the run was requested; null when nothing was measured. */
  announcedLoss: number | null;
  /** Installed releases, newest first. `bytes` is null where it was never measured. */
  releases: { id: string; version: string; bytes: number | null }[];
}

/** Whose app may write: the one authority, and one whose data nobody counts on. */
export const mayWrite = ({ slots }: Facts, slot: SlotName): boolean =>
  !slots[slot].paused && (slots[slot].dataState === "authoritative" || slots[slot].dataState === "scratch");

export const slotRef = (facts: Facts, slot: SlotName): SlotRef => ({ app: facts.app, slot });

/** Every process but `web`: they run in the live slot only. */
export const workersOf = (release: ReleaseFacts): string[] =>
  Object.keys(release.manifest.processes).filter((name) => name !== "web");

/** `web`, `web.2`, …: the processes that serve requests, each on its own port of the slot's block. */
export const webInstances = (facts: Facts): string[] => instanceNames(facts.tuning.webInstances);

export const instanceNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => (index === 0 ? "web" : `web.${index + 1}`));

/** The one more that takes over while another is replaced; on the last port of the block. */
export const SPARE = "web.spare";

/** The release that must be there; permit() has refused the verb otherwise. */
export function releaseIn(facts: Facts, slot: SlotName): ReleaseFacts {
  const { release } = facts.slots[slot];
  if (!release) throw new Error(`${slot} has no release.`);
  return release;
}

/** The live variables where the data counts or counted, or nothing is live yet; those for previews elsewhere. */
export const variableScope = (facts: Facts, slot: SlotName): "live" | "preview" =>
  facts.live === null || slot === facts.live || facts.slots[slot].dataState === "resting"
    ? "live"
    : "preview";

/** Never what visitors meet, or what is about to be: the copy's contents count for nobody. */
const onCopy = ({ live, slots }: Facts, slot: SlotName, scope: "live" | "preview"): boolean =>
  slots[slot].preview === true && slot !== live && scope === "preview";

/** What a slot runs with a release, with the app's variables and what its data drivers give. */
export async function specOf(
  world: World,
  facts: Facts,
  slot: SlotName,
  release: ReleaseFacts,
  options: { as?: "app" | "owner"; scope?: "live" | "preview" } = {},
): Promise<SlotSpec> {
  const { as = "app", scope = variableScope(facts, slot) } = options;
  const ref = slotRef(facts, slot);
  const user = as === "app" && onCopy(facts, slot, scope) ? "preview" : as;
  const [variables, ...stores] = await Promise.all([
    world.variables(facts.app, scope),
    ...world.data.map((driver) => driver.env(ref, user)),
  ]);
  const { web, ...workers } = release.manifest.processes;
  const instances = [...webInstances(facts), SPARE];
  return {
    ...ref,
    release: { id: release.id, version: release.version, dir: release.dir },
    processes: { ...Object.fromEntries(instances.map((name) => [name, web!])), ...workers },
    ports: Object.fromEntries(instances.map((name) => [name, portOf(facts.slots[slot].port, name)])),
    // Last: what Signalbox gives goes before what somebody set.
    env: Object.assign({}, variables, ...stores),
  };
}

/** Ports of a slot's block: instances from the first on, the spare one on the last. */
export const PORTS_PER_SLOT = 10;

export function portOf(first: number, instance: string): number {
  if (instance === SPARE) return first + PORTS_PER_SLOT - 1;
  return first + (instance === "web" ? 0 : Number(instance.slice("web.".length)) - 1);
}
