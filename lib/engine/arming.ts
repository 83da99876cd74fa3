/** Whether the engine may go back by itself after a swap. Asked by the screen, and again in the act's transaction. */
import type { SlotState } from "./permit.ts";

export interface Arming {
  autoRollback: "off" | "lossless";
  /** The verb of the run that is watched. */
  kind: string;
  release: { id: string; version: string };
  /** Ids of releases that it went back from before. */
  distrusted: string[];
  /** The rollback that was asked for in this watch already. */
  automaticRun: string | null;
  /** The slot that was live before. */
  old: Pick<SlotState, "dataState" | "fed" | "paused">;
  /** As last measured. */
  wayBack: { lossless: boolean; reason: string | null } | null;
  gate: { state: "open" | "held" | "closed"; by: "person" | "engine" | null };
  /** Whose run is under way. */
  busy: string | null;
}

/** Why not, in a sentence; null when it is armed. What lasts comes before what passes. */
export function whyNotArmed(arming: Arming): string | null {
  const { autoRollback, kind, release, old, wayBack, gate, busy } = arming;
  if (autoRollback === "off") return "It is off in the app's settings.";
  if (kind !== "swap") return "It goes back from a swap only.";
  if (arming.automaticRun !== null) return "It was tried once for this swap, and is not tried again.";
  if (arming.distrusted.includes(release.id)) {
    return `Signalbox went back from this very release (${release.version}) by itself before, and you swapped to it again.`;
  }
  if (old.dataState !== "resting") return "There is no way back any more.";
  if (old.paused) return "The slot to go back to is paused.";
  if (!old.fed) return "Going back would lose what was written since: no feed carries it back.";
  if (wayBack === null) return "What going back would cost has not been measured yet.";
  if (!wayBack.lossless) {
    return `Going back would lose what was written since.${wayBack.reason ? ` ${wayBack.reason}` : ""}`;
  }
  if (gate.state !== "open" && gate.by === "person") return "Somebody closed the gate by hand.";
  return busy === null ? null : `A run of ${busy} is under way.`;
}
