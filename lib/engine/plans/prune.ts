/** Which old releases go: by count, by bytes, and by what the disk has left. */
import type { Facts } from "../world.ts";

export interface PruneQuestion {
  /** Never removed: what slots have and what a way back needs. */
  keep: ReadonlySet<string>;
  /** What the disk has left; null when nobody knows. */
  freeBytes: number | null;
}

/** Ids, oldest first. `releases` are newest first. */
export function releasesToPrune(
  releases: Facts["releases"],
  tuning: Pick<Facts["tuning"], "keepReleases" | "keepReleaseBytes" | "minFreeBytes">,
  { keep, freeBytes }: PruneQuestion,
): string[] {
  let count = releases.length;
  let bytes = releases.reduce((sum, release) => sum + (release.bytes ?? 0), 0);
  let free = freeBytes ?? Number.POSITIVE_INFINITY;
  const doomed: string[] = [];
  for (const release of [...releases].reverse()) {
    const enough =
      count <= tuning.keepReleases && bytes <= tuning.keepReleaseBytes && free >= tuning.minFreeBytes;
    if (enough) break;
    if (keep.has(release.id)) continue;
    doomed.push(release.id);
    count -= 1;
    bytes -= release.bytes ?? 0;
    free += release.bytes ?? 0;
  }
  return doomed;
}
