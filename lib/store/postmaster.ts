/** Finds out which process, if any, serves a PostgreSQL data folder, and clears away what a kill -9 left behind. */
import { readFile, realpath, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  allPids,
  isAlive,
  type ProcessIdentity,
  processLink,
  signalProcess,
  startTimeOf,
  waitForExit,
} from "#lib/observability/process-identity.ts";

export interface Postmaster extends ProcessIdentity {
  port: number;
  /** It accepts connections. */
  ready: boolean;
}

/** The living postmaster of a data folder. A pid file whose process is gone or is somebody else counts as none. */
export async function findPostmaster(dataDir: string): Promise<Postmaster | null> {
  const lines = await readFile(join(dataDir, "postmaster.pid"), "utf8").then(
    (text) => text.split("\n"),
    () => [],
  );
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  const startTime = startTimeOf(pid);
  if (startTime === null || !(await worksIn(pid, dataDir))) return null;
  return { pid, startTime, port: Number(lines[3]), ready: lines[7]?.trim() === "ready" };
}

/**
 * After a kill -9 of the postmaster: ends the backends that it left behind (they keep its shared memory, which
 * stops the next one) and removes a pid file that now names nobody or somebody else. Call it only when
 * `findPostmaster` found none.
 */
export async function clearRemains(dataDir: string): Promise<void> {
  const orphans: ProcessIdentity[] = [];
  for (const pid of allPids()) {
    const startTime = startTimeOf(pid);
    if (startTime !== null && (await worksIn(pid, dataDir))) orphans.push({ pid, startTime });
  }
  for (const orphan of orphans) signalProcess(orphan, "SIGQUIT");
  for (const orphan of orphans) {
    if (await waitForExit(orphan, 2_000)) continue;
    signalProcess(orphan, "SIGKILL");
    await waitForExit(orphan, 2_000);
  }
  if (!orphans.some(isAlive)) await rm(join(dataDir, "postmaster.pid"), { force: true });
}

/** PostgreSQL's processes change into their data folder, so that tells them from anybody else's. */
async function worksIn(pid: number, dataDir: string): Promise<boolean> {
  const cwd = processLink(pid, "cwd");
  if (cwd === null) return false;
  const program = basename(processLink(pid, "exe") ?? "").split(" ")[0];
  return program === "postgres" && cwd === (await realpath(dataDir).catch(() => null));
}
