/** What everything in the torture works with. */
import type { SlotName } from "#lib/engine/model.ts";
import type { Api } from "../day/api.ts";
import type { Installation } from "../day/installation.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Load } from "../load/load.ts";
import type { ScratchSpan, SwitchSpan } from "./authority.ts";
import type { DirectWriters } from "./direct-writers.ts";
import type { Mode } from "./mode.ts";
import type { Prober } from "./prober.ts";
import type { Shadow } from "./recovery.ts";
import type { Victim } from "./victims.ts";

export interface Blow {
  victim: Victim;
  /** Where in which run it fell. */
  where: string;
  /** Epoch milliseconds. */
  at: number;
  /** Longest time in which nobody was served. Milliseconds. */
  recoveryMs: number;
}

export interface Field {
  installation: Installation;
  api: Api;
  mode: Mode;
  load: Load;
  ledger: Ledger;
  prober: Prober;
  writers: DirectWriters;
  /** Live before the first switch. */
  first: SlotName;
  /** How many gateway workers serve when nothing is wrong. */
  workers: number;
  switches: SwitchSpan[];
  scratch: ScratchSpan[];
  blows: Blow[];
  shadows: Shadow[];
  /** Failed requests up to then were told of. Epoch milliseconds. */
  toldUntil: number;
  /** Aborted, nobody is struck any more and no switch is asked for. */
  signal: AbortSignal;
  say(line: string): void;
  /** Anything that is noted here makes the torture a failure. */
  wrong(what: string): void;
}
