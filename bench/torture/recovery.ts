/** How long visitors went without being served. Pure: from when each was answered, and whether well. */
import type { Sample } from "../load/samples.ts";

/** A visitor's request as far as service is concerned. Epoch milliseconds; not answered yet: null. */
export type Visit = Pick<Sample, "due" | "done" | "ending">;

/**
 * The longest time within the range in which nobody was served, in milliseconds. It counts from the range's begin at
 * the earliest; one that goes on at its end is measured to that end.
 */
export function longestOutage(visits: readonly Visit[], { from, to }: { from: number; to: number }): number {
  const served = visits
    .flatMap(({ done, ending }) =>
      ending === "ok" && done !== null && done > from && done <= to ? [done] : [],
    )
    .sort((a, b) => a - b);
  let last = from;
  let longest = 0;
  for (const at of [...served, to]) {
    longest = Math.max(longest, at - last);
    last = at;
  }
  return longest;
}

/** The time after a blow in which a request may fail, if the victim is on its way. */
export interface Shadow {
  from: number;
  to: number;
}

/** Failed requests in the shadow of a blow and outside of any, with the reasons of the latter. */
export function failuresOf(samples: readonly Sample[], shadows: readonly Shadow[]) {
  const found = { inShadow: 0, outside: 0, reasons: {} as Record<string, number> };
  for (const sample of samples) {
    if (sample.ending === null || sample.ending === "ok") continue;
    const { due, done } = sample;
    if (shadows.some(({ from, to }) => due <= to && (done ?? due) >= from)) {
      found.inShadow++;
      continue;
    }
    found.outside++;
    const reason = `${sample.write ? "write" : "read"}: ${sample.reason}`;
    found.reasons[reason] = (found.reasons[reason] ?? 0) + 1;
  }
  return found;
}
