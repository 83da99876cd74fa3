/** Who still has a file of a folder open for writing: closing the folder does not close what is open. */
import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "#lib/engine/ports.ts";
import type { Folder, Place } from "./places.ts";

export interface OpenFile {
  pid: number;
  program: string;
  /** Within the folder. */
  path: string;
}

const ACCESS = 0o3;

/** Of the processes of the app's OS user, where it has one; else as far as /proc lets us look. Ourselves left out. */
function openForWriting(folder: string, uid: number | null): OpenFile[] {
  const prefix = `${realpathSync(folder)}/`;
  const found: OpenFile[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      if (uid !== null && statSync(`/proc/${pid}`).uid !== uid) continue;
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const path = readlinkSync(`/proc/${pid}/fd/${fd}`);
        if (!path.startsWith(prefix) || !writes(pid, fd)) continue;
        found.push({ pid, program: programOf(pid), path: path.slice(prefix.length) });
      }
    } catch {
      // Gone meanwhile, or somebody else's.
    }
  }
  return found;
}

function writes(pid: number, fd: string): boolean {
  const flags = /^flags:\s+([0-7]+)/m.exec(
    readFileSync(join("/proc", String(pid), "fdinfo", fd), "utf8"),
  )?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & ACCESS) !== 0;
}

const programOf = (pid: number): string => readFileSync(`/proc/${pid}/comm`, "utf8").trim();

/** How long a file that is open for writing behind the fence may take to be closed. */
const CLOSE_MS = 2_000;

/** What is open behind a closed folder can still be written to. */
export async function everythingClosed(place: Place, folders: Folder[], signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + CLOSE_MS;
  for (;;) {
    const open = folders.flatMap((folder) => openForWriting(place.path(folder), place.uid));
    const [first] = open;
    if (!first) return;
    if (performance.now() > deadline) {
      throw new Refusal(
        "files-open",
        `${first.program} (process ${first.pid}) has ${first.path} open for writing${open.length > 1 ? `, and ${open.length - 1} more` : ""}.`,
        "Let it close its files when the request or the job is done; a file that must stay open belongs elsewhere.",
      );
    }
    await sleep(50, undefined, { signal });
  }
}
