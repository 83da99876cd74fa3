/** What an installation takes on disk, by part. Walking it takes a while, so the figures are kept for a minute. */
import { lstat, readdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { type Home, homePaths } from "#lib/config/home.ts";

export interface DiskUse {
  at: string;
  parts: { name: DiskPart; bytes: number }[];
  /** Of the file system that holds the databases and releases. */
  free: number;
  total: number;
}

export type DiskPart = "store" | "slots' data" | "apps" | "uploads" | "logs" | "lost rows";

const KEPT_MS = 60_000;
const kept = new Map<string, { until: number; use: Promise<DiskUse> }>();

/** Rejects when the home can't be looked at. A file that goes away meanwhile counts as nothing. */
export function diskUse(home: Home): Promise<DiskUse> {
  const now = Date.now();
  const known = kept.get(home.dir);
  if (known && known.until > now) return known.use;
  const use = measure(home);
  kept.set(home.dir, { until: now + KEPT_MS, use });
  use.catch(() => kept.delete(home.dir));
  return use;
}

async function measure(home: Home): Promise<DiskUse> {
  const paths = homePaths(home);
  const places: [DiskPart, string][] = [
    ["store", paths.store],
    ["slots' data", paths.data],
    ["apps", paths.apps],
    ["uploads", paths.uploads],
    ["logs", paths.logs],
    ["lost rows", paths.lost],
  ];
  const parts: DiskUse["parts"] = [];
  // A file with several links (releases share what did not change) takes its room once.
  const seen = new Set<string>();
  for (const [name, path] of places) parts.push({ name, bytes: await bytesUnder(path, seen) });
  const { bavail, blocks, bsize } = await statfs(home.root);
  return { at: new Date().toISOString(), parts, free: bavail * bsize, total: blocks * bsize };
}

async function bytesUnder(path: string, seen: Set<string>): Promise<number> {
  const stat = await lstat(path).catch(() => null);
  if (stat === null) return 0;
  if (stat.nlink > 1 && !stat.isDirectory()) {
    const file = `${stat.dev}:${stat.ino}`;
    if (seen.has(file)) return 0;
    seen.add(file);
  }
  let sum = stat.blocks * 512;
  if (!stat.isDirectory()) return sum;
  for (const name of await readdir(path).catch(() => [])) sum += await bytesUnder(join(path, name), seen);
  return sum;
}
