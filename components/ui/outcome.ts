import type { Finding } from "#lib/engine/model.ts";
import type { RunSummary } from "#lib/operations/views.ts";

/** Why an act was not done: what happened, what to do now, and who is at the lever if somebody is. */
export interface Refused {
  ok: false;
  /** True when it can't be known whether the act was done: the same key may be sent again. */
  unknown?: boolean;
  what: string;
  remedy: string | null;
  findings: Finding[];
  run: RunSummary | null;
}

/** What a server action answers. Expected refusals are answers, never thrown. */
export type Outcome<T> = { ok: true; value: T } | Refused;

/** The answer never came: the network or the server went away under the act. */
export const noAnswer: Refused = {
  ok: false,
  unknown: true,
  what: "The dashboard did not answer, so it is not known whether this was done.",
  remedy: "Try again; a run that was asked for already is not started twice.",
  findings: [],
  run: null,
};
