/** The machine's processes as /proc shows them. Linux only. */
import { readdirSync, readFileSync } from "node:fs";
import type { ProcessIdentity } from "#lib/observability/process-identity.ts";

/** Carried in the environment of everything that this driver starts, and so by what that forks. */
export const MARKER = "SIGNALBOX_PROCESS";
/** USER_HZ, 100 on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100;

export interface ProcEntry extends ProcessIdentity {
  group: number;
  session: number;
  /** User and system time. */
  cpuTicks: number;
}

/** All living processes; zombies are dead. */
export function listProcesses(): ProcEntry[] {
  const entries: ProcEntry[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const entry = readEntry(pid);
    if (entry && entry.state !== "Z" && entry.state !== "X") entries.push(entry);
  }
  return entries;
}

/** Start time even of a zombie: what was just started may be dead already. */
export const startTimeOfChild = (pid: number): string | null => readEntry(pid)?.startTime ?? null;

function readEntry(pid: number): (ProcEntry & { state: string }) | null {
  const text = readProc(pid, "stat");
  if (text === null) return null;
  // The second field is the program's name in brackets and may hold blanks and brackets itself.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const number = (index: number) => Number(fields[index]);
  const [state, startTime] = [fields[0], fields[19]];
  if (state === undefined || startTime === undefined) return null;
  return { pid, state, startTime, group: number(2), session: number(3), cpuTicks: number(11) + number(12) };
}

/** The value of MARKER in a process's environment; null without one or when it can't be read. */
export function markerOf(pid: number): string | null {
  const environment = readProc(pid, "environ");
  if (environment === null || !environment.includes(MARKER)) return null;
  const entry = environment.split("\0").find((line) => line.startsWith(`${MARKER}=`));
  return entry?.slice(MARKER.length + 1) ?? null;
}

/** Resident memory in bytes; 0 when the process is gone. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readProc(pid, "status") ?? "")?.[1];
  return kilobytes ? Number(kilobytes) * 1024 : 0;
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return null;
  }
}
