/** Keeps the processes' log files from growing for ever. */
import { copyFile, readdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { type Home, homePaths } from "#lib/config/home.ts";

const MOST_BYTES = 20 * 1024 * 1024;
const LOOK_MS = 60_000;

/** Every minute: a log beyond 20 MB is copied to `<name>.log.1` and emptied, as its writer keeps it open. */
export function rotateLogs(home: Home): { stop(): void } {
  const timer = setInterval(() => void rotate(homePaths(home).logs).catch(() => {}), LOOK_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

export async function rotate(dir: string, mostBytes = MOST_BYTES): Promise<void> {
  for (const name of await readdir(dir)) {
    const file = join(dir, name);
    if (!name.endsWith(".log") || (await stat(file)).size <= mostBytes) continue;
    await copyFile(file, `${file}.1`);
    await truncate(file);
  }
}
