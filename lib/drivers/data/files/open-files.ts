/** Who still has a file of a folder open for writing: closing the folder does not close what is open. */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";

export interface OpenFile {
  pid: number;
  program: string;
  /** Within the folder. */
  path: string;
}

const ACCESS = 0o3;

/** As far as /proc lets us look: as root everywhere, otherwise at our own user's processes. Ourselves left out. */
export function openForWriting(folder: string): OpenFile[] {
  const prefix = `${realpathSync(folder)}/`;
  const found: OpenFile[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
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
