/** Ends everything that runs in slots, for a shut-down without an engine. */
import { readdir } from "node:fs/promises";
import { sep } from "node:path";
import { type Home, homePaths } from "#lib/config/home.ts";
import { APP_NAME } from "#lib/config/manifest.ts";
import { SLOT_NAMES } from "#lib/engine/model.ts";
import { members, terminate } from "./group.ts";
import { marker } from "./launch.ts";
import { slotPaths } from "./paths.ts";
import { ifMissing, knownProcesses, readActual, writeActual } from "./state.ts";

/** Apps that have files in the home. */
export async function installedApps(home: Home): Promise<string[]> {
  const names = await readdir(homePaths(home).apps).catch(ifMissing([]));
  return names.filter((name) => APP_NAME.test(name)).sort();
}

/**
 * SIGTERM to every process of every slot, to builds and release commands; SIGKILL after `graceMs`. What should run
 * stays written down: the next driver starts it again. No driver may act on the home meanwhile. Returns how many
 * processes were ended; rejects when one could not be.
 */
export async function stopAllSlotProcesses(home: Home, graceMs: number): Promise<number> {
  const everything = { leader: null, marker: homePaths(home).apps + sep };
  const running = members(everything).length;
  const ends: Promise<void>[] = [];
  for (const app of await installedApps(home)) {
    for (const slot of SLOT_NAMES) {
      const paths = slotPaths(home, { app, slot });
      for (const process of await knownProcesses(paths)) {
        const actual = await readActual(paths, process).catch(() => null);
        if (actual?.pid == null || actual.startTime === null) continue;
        const leader = { pid: actual.pid, startTime: actual.startTime };
        ends.push(
          terminate({ leader, marker: marker(paths, process) }, graceMs).then(() =>
            // Without a pid it was stopped; with one it would count as having died.
            writeActual(paths, process, { ...actual, pid: null, startTime: null }),
          ),
        );
      }
    }
  }
  ends.push(terminate(everything, graceMs));
  await Promise.all(ends);
  return running;
}
