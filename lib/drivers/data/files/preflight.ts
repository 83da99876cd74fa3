/** What would make carrying files fail, or leave something behind. */
import { readFileSync, statfsSync } from "node:fs";
import type { Finding } from "#lib/engine/model.ts";
import type { Folder, Place } from "./places.ts";
import { needOf, sizeOf } from "./survey.ts";
import { shown } from "./tree.ts";

/** Beyond the files themselves: folders, and what else is written there meanwhile. */
const SPARE_BYTES = 1024 * 1024;
const NAMED = 5;

export async function lookAhead(folders: Folder[], from: Place, to: Place): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const folder of folders) {
    const target = to.path(folder);
    const need = await needOf(from.path(folder), target);
    const { bavail, bsize } = statfsSync(target);
    const free = bavail * bsize;
    const tight = need.bytes > 0 && need.bytes + SPARE_BYTES > free;
    // What the target has beyond the source goes before the disk is full.
    if (tight && need.total + SPARE_BYTES > free + (await sizeOf(target)).bytes) {
      findings.push({
        code: "no-room",
        severity: "refuse",
        what: `Copying ${folder.name} needs ${need.bytes} bytes, and ${free} are free there.`,
        remedy: "Make room on that disk.",
      });
    }
    if (need.leftOut.length > 0) {
      const names = need.leftOut.slice(0, NAMED).map(([rel, why]) => `${shown(rel)} ${why}`);
      const more = need.leftOut.length - names.length;
      findings.push({
        code: "files-left-out",
        severity: "warn",
        what: `Not carried from ${folder.name}: ${names.join("; ")}${more > 0 ? `; and ${more} more` : ""}.`,
        remedy: "Put files or links within the folder in their place if the other slot needs them.",
      });
    }
    if (need.folders * 2 > watchLimit()) {
      findings.push({
        code: "too-few-watches",
        severity: "warn",
        what: `${folder.name} has ${need.folders} folders, more than the kernel lets one user watch in both slots; the window must look at all of them.`,
        remedy: "Raise fs.inotify.max_user_watches.",
      });
    }
  }
  return findings;
}

function watchLimit(): number {
  try {
    return Number(readFileSync("/proc/sys/fs/inotify/max_user_watches", "utf8"));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
