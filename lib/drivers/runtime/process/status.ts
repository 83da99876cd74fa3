/** What became of a process: what its state file says, checked against the machine. */
import type { ProcessStatus } from "#lib/engine/ports.ts";
import { isAlive, type ProcessIdentity } from "#lib/observability/process-identity.ts";
import type { SlotPaths } from "./paths.ts";
import { knownProcesses, readActual, readDesired } from "./state.ts";

export interface Observed {
  status: ProcessStatus;
  /** Null unless it lives. */
  leader: ProcessIdentity | null;
}

export async function observe(paths: SlotPaths, process: string): Promise<Observed> {
  const [desired, actual] = [await readDesired(paths, process), await readActual(paths, process)];
  const noted =
    actual?.pid != null && actual.startTime !== null
      ? { pid: actual.pid, startTime: actual.startTime }
      : null;
  const leader = noted && isAlive(noted) ? noted : null;
  const exit = actual?.lastExit;
  const status: ProcessStatus = {
    process,
    state: leader ? "running" : desired?.want === "running" ? "backing-off" : "stopped",
    pid: leader?.pid ?? null,
    releaseId: leader ? (actual?.releaseId ?? null) : (desired?.release.id ?? null),
    startedAt: leader && actual?.startedAt ? new Date(actual.startedAt) : null,
    restarts: actual?.restarts ?? 0,
    lastExit: exit ? { ...exit, at: new Date(exit.at) } : null,
  };
  return { status, leader };
}

export async function observeAll(paths: SlotPaths): Promise<Observed[]> {
  return Promise.all((await knownProcesses(paths)).map((process) => observe(paths, process)));
}
