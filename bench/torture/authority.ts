/**
 * Who may have had authority when, and which acknowledged commits nobody's sole authority explains. Pure. A commit
 * happened at some moment between its sending and its acknowledgement, and only that is believed; nothing is read off
 * two machines' or two processes' clocks, nor off what the product says of the time of its own commit.
 */
import type { SlotName } from "#lib/engine/model.ts";

export interface Commit {
  slot: SlotName;
  ref: string;
  /** Epoch milliseconds. */
  sentAt: number;
  ackedAt: number;
}

/** From when a switch was asked for to when its run was over. */
export interface SwitchSpan {
  from: SlotName;
  to: SlotName;
  askedAt: number;
  overAt: number;
  /** Otherwise it was taken back, and `from` is the only one that may have accepted anything. */
  committed: boolean;
}

/** Times at which a slot may accept writes that don't count, as testers' do. */
export interface ScratchSpan {
  slot: SlotName;
  from: number;
  to: number;
}

/**
 * The commits that broke the law. Between switches only the live slot's are lawful; within one that came through, the
 * new slot's after the old slot's. `first` is live before the first switch; `switches` are in order of time.
 */
export function unlawful(
  commits: readonly Commit[],
  first: SlotName,
  switches: readonly SwitchSpan[],
  scratch: readonly ScratchSpan[] = [],
): Commit[] {
  const counted = commits.filter(
    (commit) =>
      !scratch.some(
        (span) => span.slot === commit.slot && commit.ackedAt > span.from && commit.sentAt < span.to,
      ),
  );
  const reigns = reignsOf(first, switches);
  const outside = counted.filter(
    (commit) => !(reigns[commit.slot] ?? []).some((reign) => overlaps(commit, reign)),
  );
  const tooLate = switches
    .filter(({ committed }) => committed)
    .flatMap((one) => {
      const within = counted.filter((commit) => overlaps(commit, { from: one.askedAt, to: one.overAt }));
      // A commit of the new slot that may belong to an earlier reign of its own proves nothing.
      const newOnes = within.filter(({ slot, sentAt }) => slot === one.to && sentAt >= one.askedAt);
      const first = Math.min(...newOnes.map(({ ackedAt }) => ackedAt));
      return within.filter(({ slot, sentAt }) => slot === one.from && sentAt > first);
    });
  return [...new Set([...outside, ...tooLate])];
}

interface Reign {
  from: number;
  to: number;
}

/** As long as each may have been: both of them reign in a switch that came through, one after the other. */
function reignsOf(first: SlotName, switches: readonly SwitchSpan[]): Record<SlotName, Reign[]> {
  const reigns: Record<SlotName, Reign[]> = { blue: [], green: [] };
  let live = first;
  let since = Number.NEGATIVE_INFINITY;
  for (const { to, askedAt, overAt, committed } of switches) {
    if (!committed) continue;
    reigns[live].push({ from: since, to: overAt });
    live = to;
    since = askedAt;
  }
  reigns[live].push({ from: since, to: Number.POSITIVE_INFINITY });
  return reigns;
}

const overlaps = (commit: Commit, { from, to }: Reign): boolean =>
  commit.ackedAt >= from && commit.sentAt <= to;
