import { CircleCheck, CircleHelp, LoaderCircle, type LucideIcon, OctagonPause, Unplug } from "lucide-react";
import type { DataState } from "#lib/engine/model.ts";
import type { FeedView } from "#lib/operations/views.ts";
import type { Tone } from "../ui/tag.tsx";

type State = NonNullable<FeedView["state"]> | "unseen";

/** A feed's state is told by its word and its sign. */
export const feedLooks: Record<State, { word: string; icon: LucideIcon; tone: Tone }> = {
  running: { word: "Running", icon: CircleCheck, tone: "plain" },
  starting: { word: "Starting", icon: LoaderCircle, tone: "plain" },
  stopped: { word: "Standing still", icon: OctagonPause, tone: "danger" },
  lost: { word: "Lost", icon: Unplug, tone: "danger" },
  none: { word: "Lost", icon: Unplug, tone: "danger" },
  unseen: { word: "Not seen yet", icon: CircleHelp, tone: "plain" },
};

export const feedLook = ({ state }: FeedView) => feedLooks[state ?? "unseen"];

/** What it means for a slot of that state to have this feed. */
export function fedMeaning(state: DataState, feed: FeedView): string {
  const what =
    state === "resting"
      ? "The former live data, read only, kept as the way back."
      : "A copy of the live data; its app may only read.";
  return `${what} ${carriesAll(feed) ? "The feed keeps it up." : "The feed does not carry everything to it now."}`;
}

/** Runs, and nothing was added that it does not carry. */
export const carriesAll = ({ state, schemaChanges }: FeedView): boolean =>
  state === "running" && schemaChanges.length === 0;
