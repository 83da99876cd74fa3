/** CPU and memory of a process with all of its group. */
import type { ProcessStats } from "#lib/engine/ports.ts";
import type { ProcessIdentity } from "#lib/observability/process-identity.ts";
import { groupMembers } from "./group.ts";
import { listProcesses, residentBytes, TICKS_PER_SECOND } from "./proc.ts";

interface Sample {
  at: number;
  /** Ticks per member, by pid and start time. */
  ticks: Map<string, number>;
}

export class StatsSampler {
  readonly #last = new Map<string, Sample>();

  /** Leaders by process name; `slot` tells apart whose they are. */
  sample(slot: string, leaders: Map<string, ProcessIdentity>): ProcessStats[] {
    const all = listProcesses();
    const at = performance.now();
    return [...leaders].map(([process, leader]) => {
      const group = groupMembers(leader, all);
      const ticks = new Map(group.map((entry) => [`${entry.pid}:${entry.startTime}`, entry.cpuTicks]));
      const before = this.#last.get(`${slot}/${process}`);
      this.#last.set(`${slot}/${process}`, { at, ticks });
      let used = 0;
      for (const [member, now] of ticks) used += now - (before?.ticks.get(member) ?? 0);
      const seconds = before ? (at - before.at) / 1000 : 0;
      return {
        process,
        cpu: seconds > 0 ? used / TICKS_PER_SECOND / seconds : 0,
        rssBytes: group.reduce((sum, { pid }) => sum + residentBytes(pid), 0),
      };
    });
  }
}
