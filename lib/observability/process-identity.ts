/** Who a process is: its pid alone comes back after a while, pid and start time together do not. Linux only. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks since the machine started. */
  startTime: string;
}

/** Start time of a living process; null when there is none or it is a zombie that nobody has waited for. */
export function startTimeOf(pid: number): string | null {
  const stat = readStat(pid);
  return stat && stat.state !== "Z" && stat.state !== "X" ? stat.startTime : null;
}

export const isAlive = (who: ProcessIdentity): boolean => startTimeOf(who.pid) === who.startTime;

/** Identity of a process that is known to live, such as oneself. Throws when it does not. */
export function identityOf(pid: number): ProcessIdentity {
  const startTime = startTimeOf(pid);
  if (startTime === null) throw new Error(`there is no process ${pid}`);
  return { pid, startTime };
}

/** The pid of the leader: a process that was started detached; what it starts in turn is of its session. */
export const sessionOf = (pid: number): number | null => readStat(pid)?.session ?? null;

/** Environment that a living process was started with; null when it can't be read. */
export function environOf(pid: number): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return null;
  }
}

/** Pids of all processes that we can see. */
export const allPids = (): number[] =>
  readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0);

/** Target of /proc/<pid>/exe or /proc/<pid>/cwd; null when it can't be read. */
export function processLink(pid: number, link: "exe" | "cwd"): string | null {
  try {
    return readlinkSync(`/proc/${pid}/${link}`);
  } catch {
    return null;
  }
}

/** Sends a signal if the process is still the same one. Returns whether it was sent. */
export function signalProcess(who: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(who)) return false;
  try {
    process.kill(who.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Resolves to true once the process is gone, to false after `timeoutMs` or when `giveUp` is aborted. */
export async function waitForExit(
  who: ProcessIdentity,
  timeoutMs: number,
  giveUp?: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(who)) {
    if (performance.now() >= deadline || giveUp?.aborted) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

function readStat(pid: number) {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return null;
  }
  // The second field is the program's name in brackets and may hold blanks and brackets itself.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, startTime] = [fields[0], fields[19]];
  if (state === undefined || startTime === undefined) return null;
  return { state, session: Number(fields[3]), startTime };
}
