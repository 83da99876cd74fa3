/** CPU time of a program with all that it started: what a busy machine can't distort. */
import { readFileSync } from "node:fs";
import { allPids } from "#lib/observability/process-identity.ts";

/** Linux counts in hundredths of a second for everybody who reads /proc. */
const TICK_US = 10_000;

/** Microseconds that the living processes of a group have used. */
export function cpuTimeUs(group: number): number {
  let ticks = 0;
  for (const pid of allPids()) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(fields[2]) === group) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // Gone meanwhile.
    }
  }
  return ticks * TICK_US;
}
