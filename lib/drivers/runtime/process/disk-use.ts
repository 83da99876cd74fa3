/** How much the releases take, and what the disk has left. */
import { lstat, readdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import { Refusal } from "#lib/engine/ports.ts";
import { appPaths } from "./paths.ts";
import { ifMissing } from "./state.ts";

/** Sizes of the files in a folder together, as `ls` says them. */
export async function folderBytes(dir: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(dir, { withFileTypes: true }).catch(ifMissing([]))) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) bytes += await folderBytes(path);
    else if (entry.isFile()) bytes += (await lstat(path)).size;
  }
  return bytes;
}

/** What whoever runs Signalbox may still use of the disk with the app's releases. Bytes. */
export async function freeBytes(home: Home, app: string): Promise<number> {
  const { bavail, bsize } = await statfs(appPaths(home, app).releases);
  return bavail * bsize;
}

/** Rejects with Refusal when the disk has less left than it must keep. */
export async function mustHaveRoom(home: Home, app: string, minFree: number): Promise<void> {
  const free = await freeBytes(home, app);
  if (free >= minFree) return;
  const mib = (bytes: number) => `${Math.floor(bytes / 1024 ** 2).toLocaleString("en")} MiB`;
  throw new Refusal(
    "disk-full",
    `The disk with the releases would have ${mib(free)} left, and ${mib(minFree)} have to stay free.`,
    "Free some space, for example by removing old releases, then try again. Nothing was kept of this attempt.",
  );
}
