/** What the machine gives: room, files, a clock. */
import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import type { Home } from "#lib/config/home.ts";
import { type Diagnosis, fail, ok, warn } from "./diagnosis.ts";

const GB = 1e9;
/** Below these a copy or a build is likely to fill the disk. */
const ROOM = { warn: 5 * GB, fail: 1 * GB };
/** Each request that waits or runs takes up to two. */
const FILES = 4_096;

export async function lookAtMachine(home: Home): Promise<Diagnosis[]> {
  return [...(await rooms(home)), openFiles()];
}

async function rooms(home: Home): Promise<Diagnosis[]> {
  const folders = home.root === home.dir ? [home.dir] : [home.dir, home.root];
  return Promise.all(
    folders.map(async (dir) => {
      const { bavail, blocks, bsize } = await statfs(dir);
      const free = bavail * bsize;
      const what = `${(free / GB).toFixed(1)} GB of ${((blocks * bsize) / GB).toFixed(0)} GB are free under ${dir}.`;
      const remedy = "Make room: remove old releases on the app's page, or give the home a larger disk.";
      if (free < ROOM.fail) return fail("machine", "disk", what, remedy);
      return free < ROOM.warn ? warn("machine", "disk", what, remedy) : ok("machine", "disk", what);
    }),
  );
}

function openFiles(): Diagnosis {
  const line = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  const hard = line?.[2] === "unlimited" ? Number.POSITIVE_INFINITY : Number(line?.[2]);
  const what = `A process may have ${line?.[2] ?? "?"} files open.`;
  if (!(hard < FILES)) return ok("machine", "open files", what);
  return warn(
    "machine",
    "open files",
    what,
    `Raise the hard limit (ulimit -Hn, LimitNOFILE= in systemd) to ${FILES} or more: fewer requests can wait at the gate otherwise.`,
  );
}
