/** Tells rows that are wrong from rows that are on their way, by looking at both sides until one of the two is certain. */
import type { Mismatch } from "#lib/engine/ports.ts";

export interface Row {
  /** The key as it is shown to people. */
  shown: string;
  /** Stands for the contents. */
  value: string;
  /** Changes whenever the row is written. */
  version: string;
}

/** Rows of a part of a table by their identity. */
export type Rows = Map<string, Row>;

export interface Look {
  from(): Promise<Rows>;
  to(): Promise<Rows>;
  caughtUp(): Promise<void>;
  /** Waits before round 1, 2, … */
  pause(round: number): Promise<void>;
}

export interface Settled {
  wrong: { kind: Mismatch["kind"]; shown: string; rows: number }[];
  /** Keys of rows that never rested between two looks. */
  restless: string[];
}

const ROUNDS = 16;

// One would do for a feed that says exactly how far it is. A commit can reach the other side a moment before it is
// seen at home, and a longer moment where it waits for a standby.
const STRIKES = 3;

interface Suspect {
  strikes: number;
  kind: Mismatch["kind"];
  shown: string;
  rows: number;
  /** As `to` had it last. */
  last: Row | undefined;
  /** `from` had it at every look and `to` at none. */
  absent: boolean;
}

/**
 * Each round reads `from`, waits until that has arrived, reads `to` and then `from` again. A row that did not change
 * on `from` meanwhile must be on `to` as it was. A row that `to` has in the same version twice running got nothing in
 * between, so that it must be what `from` had when the second wait began. `times`: the value is a number of equal rows.
 */
export async function settle(look: Look, { times = false } = {}): Promise<Settled> {
  const wrong: Settled["wrong"] = [];
  let suspects: Map<string, Suspect> | undefined;
  let before = await look.from();
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round > 0) await look.pause(round);
    await look.caughtUp();
    const there = await look.to();
    const after = await look.from();
    const remaining = new Map<string, Suspect>();
    for (const id of suspects?.keys() ?? new Set([...before.keys(), ...there.keys()])) {
      const [old, other, now] = [before.get(id), there.get(id), after.get(id)];
      if (other?.value === old?.value || other?.value === now?.value) continue;
      const previous = suspects?.get(id);
      const certain = same(old, now) || same(other, previous?.last);
      const suspect: Suspect = {
        ...difference(old, other, times),
        strikes: certain ? (previous?.strikes ?? 0) + 1 : 0,
        last: other,
        absent: !other && !!old && !!now && previous?.absent !== false,
      };
      if (suspect.strikes < STRIKES) remaining.set(id, suspect);
      else wrong.push(suspect);
    }
    suspects = remaining;
    before = after;
    if (suspects.size === 0) break;
  }
  // One that is written all the time is not at rest between two looks, but it can't always be on its way either.
  const left = [...(suspects?.values() ?? [])];
  wrong.push(...left.filter(({ absent }) => absent));
  return { wrong, restless: left.filter(({ absent }) => !absent).map(({ shown }) => shown) };
}

const same = (one: Row | undefined, other: Row | undefined): boolean =>
  one !== undefined && one.version === other?.version && one.value === other.value;

function difference(old: Row | undefined, other: Row | undefined, times: boolean) {
  const more = times ? Number(other?.value ?? 0) - Number(old?.value ?? 0) : 1;
  const kind = !other || more < 0 ? "missing" : !old || times ? "extra" : "changed";
  return { kind, shown: (old ?? other)?.shown ?? "", rows: Math.abs(more) } as const;
}
