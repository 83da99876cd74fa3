/** When a cron entry is due. */
import { Cron } from "croner";
import type { CronEntry } from "#lib/engine/world.ts";

type Times = Pick<CronEntry, "schedule" | "timezone">;

/** A time that was missed for longer than that is left out. Milliseconds. */
export const MADE_UP_FOR_MS = 3_600_000;

const parsed = ({ schedule, timezone }: Times) =>
  new Cron(schedule, { timezone, mode: "5-part", paused: true });

export const nextTime = (entry: Times, after: Date): Date | null => parsed(entry).nextRun(after);

/**
 * The last time after `since` and not after `now`; null when none was, or it is too long ago to be made up for. Times
 * before it that nobody ran either are left out: an entry runs once, however often it was missed.
 */
export function dueTime(entry: Times, since: Date, now: Date): Date | null {
  // The reference itself is not among those before it.
  const [due] = parsed(entry).previousRuns(1, new Date(now.getTime() + 1));
  if (!due || due.getTime() <= since.getTime()) return null;
  return now.getTime() - due.getTime() > MADE_UP_FOR_MS ? null : due;
}
