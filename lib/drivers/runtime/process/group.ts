/** A process and all that came of it: its group, and whoever left the group but carries its marker. */
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "#lib/engine/ports.ts";
import type { ProcessIdentity } from "#lib/observability/process-identity.ts";
import { listProcesses, markerOf, type ProcEntry } from "./proc.ts";

export interface Kin {
  /** The one we started; its pid is its group's and session's number. Null: not known or never started. */
  leader: ProcessIdentity | null;
  /** What the marker of its descendants begins with. */
  marker: string;
}

/**
 * Living members. Group numbers come back like pids do, so the group counts only while its leader is verified;
 * after that the marker tells.
 */
export function members(kin: Kin): ProcEntry[] {
  const all = listProcesses();
  return all.filter(belongsTo(kin, all));
}

/** The group alone, without reading environments: cheap enough for every second. */
export function groupMembers(leader: ProcessIdentity, all: ProcEntry[]): ProcEntry[] {
  return verified(leader, all) ? all.filter(inGroup(leader)) : [];
}

function belongsTo({ leader, marker }: Kin, all: ProcEntry[]) {
  const grouped = leader && verified(leader, all) ? inGroup(leader) : () => false;
  return (entry: ProcEntry) =>
    entry.pid !== process.pid && (grouped(entry) || (markerOf(entry.pid)?.startsWith(marker) ?? false));
}

const verified = (leader: ProcessIdentity, all: ProcEntry[]) =>
  all.some(({ pid, startTime }) => pid === leader.pid && startTime === leader.startTime);

const inGroup =
  ({ pid }: ProcessIdentity) =>
  (entry: ProcEntry) =>
    entry.group === pid || entry.session === pid;

/** Sends a signal to every member. Returns how many got it. */
export function signalAll(kin: Kin, signal: NodeJS.Signals): number {
  let sent = 0;
  for (const { pid } of members(kin)) {
    try {
      process.kill(pid, signal);
      sent += 1;
    } catch {
      // Gone since the look.
    }
  }
  return sent;
}

/**
 * Ends all members: SIGTERM, after `graceMs` SIGKILL (0: at once). Returns when none is left; rejects with
 * Refusal when one outlives SIGKILL by five seconds, as a process stuck in the kernel does.
 */
export async function terminate(kin: Kin, graceMs: number): Promise<void> {
  if (members(kin).length === 0) return;
  const killAt = performance.now() + graceMs;
  if (graceMs > 0) {
    signalAll(kin, "SIGTERM");
    // A frozen process takes no signal but this one.
    signalAll(kin, "SIGCONT");
  }
  for (let pause = 5; ; pause = Math.min(pause * 2, 100)) {
    const left = members(kin);
    if (left.length === 0) return;
    const overdue = performance.now() - killAt;
    if (overdue > 5_000) throw unkillable(left);
    // Again each time: a member may have forked between the look and the signal.
    if (overdue >= 0) signalAll(kin, "SIGKILL");
    await sleep(overdue < 0 ? Math.min(pause, Math.max(1, -overdue)) : 10);
  }
}

const unkillable = (left: ProcEntry[]) =>
  new Refusal(
    "unkillable",
    `${left.map(({ pid }) => `process ${pid}`).join(", ")} did not end, not even by SIGKILL.`,
    "It is stuck in the kernel, most often on a disk or network file system that does not answer. Mend that, then try again.",
  );
