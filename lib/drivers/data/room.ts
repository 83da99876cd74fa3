/** Whether a disk has room for a throw-away copy beside what live goes on needing of it. */
import { statfs } from "node:fs/promises";
import type { Finding } from "#lib/engine/model.ts";

/** For write-ahead log and uploads of a few minutes. Bytes. */
const SPARE_BYTES = 256e6;

/** Where a copy may share its blocks with what it is made from: f_type of statfs(2), of btrfs, XFS, ZFS and bcachefs. */
const SHARING = new Set([0x9123683e, 0x58465342, 0x2fc12fc1, 0xca451a4e]);

export interface Copy {
  /** What it is a copy of, as the finding names it. */
  what: string;
  /** An existing folder on the disk that it is made on. */
  dir: string;
  bytes: number;
  /** Whoever makes it lets blocks be shared. */
  sharesBlocks: boolean;
}

/** Nothing to say of a disk that can't be looked at. */
export async function roomFor({ what, dir, bytes, sharesBlocks }: Copy): Promise<Finding[]> {
  const disk = await statfs(dir).catch(() => null);
  if (!disk || (sharesBlocks && SHARING.has(disk.type))) return [];
  const free = disk.bavail * disk.bsize;
  if (free >= bytes + SPARE_BYTES) return [];
  return [
    {
      code: "no-room",
      severity: "refuse",
      what: `A copy of ${what} needs ${mb(bytes)}, and its disk has ${mb(free)} free, of which ${mb(SPARE_BYTES)} stay for live.`,
      remedy: `Make room: ${mb(bytes + SPARE_BYTES - free)} more would do.`,
    },
  ];
}

const mb = (count: number) => `${Math.ceil(count / 1e6)} MB`;
