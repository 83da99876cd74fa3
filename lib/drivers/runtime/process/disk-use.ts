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

const FULL_BYTES = 1024 ** 2;

/**
 * A build that failed on a full disk seldom says so itself. Asked before anything is removed; null when it failed for
 * another reason.
 */
export async function outOfRoom(home: Home, app: string, error: unknown): Promise<Refusal | null> {
  if (!(error instanceof Refusal) || error.code !== "command-failed") return null;
  const said = /No space left on device|ENOSPC|Disk quota exceeded/i.test(error.remedy);
  if (!said && (await freeBytes(home, app).catch(() => Infinity)) > FULL_BYTES) return null;
  return new Refusal(
    "disk-full",
    `There is no room for the release: the disk is full. ${error.message}`,
    `Free some space, for example by removing old releases, then try again. Nothing was kept of this attempt. ${error.remedy}`,
    { cause: error },
  );
}
