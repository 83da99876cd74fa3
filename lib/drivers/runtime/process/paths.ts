/** Where the process runtime keeps what: an app's releases, and per slot its state, logs and home folder. */
import { join } from "node:path";
import { type Home, homePaths } from "#lib/config/home.ts";
import { APP_NAME } from "#lib/config/manifest.ts";
import { SLOT_NAMES, type SlotRef } from "#lib/engine/model.ts";
import { Refusal } from "#lib/engine/ports.ts";

const RELEASE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** With an instance (`web.2`) or an entry (`cron.report`) after a dot. */
const PROCESS = /^[a-z][a-z0-9-]{0,30}(\.[a-z0-9-]{1,31})?$/;

/** Begins the name of what is not finished; nothing under such a name survives a start. */
export const UNFINISHED = ".unfinished-";

export interface AppPaths {
  dir: string;
  releases: string;
  /** HOME of builds: keeps package caches from one build to the next. */
  buildHome: string;
}

export interface SlotPaths {
  dir: string;
  /** Desired and actual state of each process. Holds the environment, so closed to others. */
  state: string;
  logs: string;
  /** HOME of the slot's processes, writable for them. */
  home: string;
}

export function appPaths(home: Home, app: string): AppPaths {
  const dir = join(homePaths(home).apps, part(APP_NAME, app, "app"));
  return { dir, releases: join(dir, "releases"), buildHome: join(dir, "build-home") };
}

export const releaseDir = (home: Home, app: string, releaseId: string): string =>
  join(appPaths(home, app).releases, part(RELEASE_ID, releaseId, "release"));

export function slotPaths(home: Home, { app, slot }: SlotRef): SlotPaths {
  if (!SLOT_NAMES.includes(slot)) throw notAName("slot", slot);
  const dir = join(appPaths(home, app).dir, slot);
  return { dir, state: join(dir, "state"), logs: join(dir, "logs"), home: join(dir, "home") };
}

export const logFile = (paths: SlotPaths, process: string): string =>
  join(paths.logs, `${part(PROCESS, process, "process")}.log`);

export const stateFile = (paths: SlotPaths, process: string, kind: "desired" | "actual" | "kept"): string =>
  join(paths.state, `${part(PROCESS, process, "process")}.${kind}.json`);

/** Names become parts of paths, so each must be one. */
function part(pattern: RegExp, value: string, what: string): string {
  if (!pattern.test(value)) throw notAName(what, value);
  return value;
}

const notAName = (what: string, value: string) =>
  new Refusal(
    "bad-name",
    `“${value.slice(0, 80)}” is no name for ${what === "app" ? "an app" : `a ${what}`}.`,
    "Give another name.",
  );
