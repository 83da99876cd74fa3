/** What a plan is built from: the app as the store has it when the run is claimed first, and the ports. */
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

export interface World {
  clock: Clock;
  runtime: RuntimeDriver;
  /** Every store of the app's data; all of them are copied, fenced and switched together. */
  data: DataDriver[];
  gateways: Gateways;
  /** The app's routes as the store has them now. */
  routes(app: string): Promise<AppRoutes>;
  /** Reads a manifest's text; rejects with Refusal naming each problem. */
  manifest(text: string, app: string): ReleaseFacts["manifest"];
  lostRows: LostRows;
}

/** Where the rows go that a rollback leaves behind. */
export interface LostRows {
  open(
    app: string,
    runId: string,
  ): Promise<{ write(row: DifferentRow): Promise<void>; close(): Promise<void>; file: string }>;
  discard(app: string, runId: string): Promise<void>;
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
  };
}

export interface SlotFacts {
  release: ReleaseFacts | null;
  dataState: DataState;
  paused: boolean;
  port: number;
}

/** Milliseconds; meanings in lib/config/app-settings.ts. */
export interface Tuning {
  windowMs: number;
  holdSpareMs: number;
  expireSpareMs: number;
  drainMs: number;
  stopGraceMs: number;
  healthTimeoutMs: number;
  healthGoodAnswers: number;
  buildTimeoutMs: number;
  releaseTimeoutMs: number;
  keepReleases: number;
}

export interface Facts {
  app: string;
  live: SlotName | null;
  slots: Record<SlotName, SlotFacts>;
  tuning: Tuning;
  /** From the last copy's speed; null before the first. */
  forecast: { windowMs: number; dataBytes: number } | null;
  /** Rows that going back was said to lose when the run was requested; null when nothing was measured. */
  announcedLoss: number | null;
  /** Ids of installed releases, newest first. */
  releases: string[];
}

export const slotRef = (facts: Facts, slot: SlotName): SlotRef => ({ app: facts.app, slot });

/** Every process but `web`: they run in the live slot only. */
export const workersOf = (release: ReleaseFacts): string[] =>
  Object.keys(release.manifest.processes).filter((name) => name !== "web");

/** The release that must be there; permit() has refused the verb otherwise. */
export function releaseIn(facts: Facts, slot: SlotName): ReleaseFacts {
  const { release } = facts.slots[slot];
  if (!release) throw new Error(`${slot} has no release.`);
  return release;
}

/** What a slot runs with a release, with the environment that its data drivers give. */
export async function specOf(
  world: World,
  facts: Facts,
  slot: SlotName,
  release: ReleaseFacts,
  as: "app" | "owner" = "app",
): Promise<SlotSpec> {
  const ref = slotRef(facts, slot);
  const env = Object.assign({}, ...(await Promise.all(world.data.map((driver) => driver.env(ref, as)))));
  return {
    ...ref,
    release: { id: release.id, version: release.version, dir: release.dir },
    processes: release.manifest.processes,
    port: facts.slots[slot].port,
    env,
  };
}
