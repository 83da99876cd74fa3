/** What keeps a feed, as it was last seen, from carrying everything. Pure. */
import type { Finding, SlotName } from "#lib/engine/model.ts";
import type { ObservedSlot } from "./observed-slot.ts";

/** The engine looks every few seconds, app by app; what is older than this says nothing about now. Milliseconds. */
const STALE_MS = 60_000;

export type ObservedFeed = ObservedSlot["feed"];

/**
 * The first reason why the feed into `to` can't be relied on now; null when it runs. `way`: whether it leads to what
 * goes live next, or back to what was. `now`: epoch milliseconds.
 */
export function feedTrouble(
  feed: ObservedFeed | undefined,
  to: SlotName,
  way: "forward" | "back",
  now: number,
): Finding | null {
  const against = (code: string, what: string, remedy: string): Finding => ({
    code,
    severity: "refuse",
    what,
    remedy,
  });
  if (!feed || now - Date.parse(feed.at) > STALE_MS) {
    const what = feed
      ? `How the feed to ${to} is doing was last seen ${Math.round((now - Date.parse(feed.at)) / 1000)} s ago.`
      : `Nobody has looked yet how the feed to ${to} is doing.`;
    return against(
      "feed-unseen",
      what,
      "It is looked at every few seconds while engine and databases answer.",
    );
  }
  const { state, reason, schemaChanges } = feed;
  if (state === "none" || state === "lost")
    return against("feed-lost", said(`There is no feed to ${to} any more.`, reason), ANEW[way]);
  if (state === "stopped")
    return against(
      "feed-stopped",
      said(`The feed to ${to} stands still.`, reason),
      `It is tried again by itself: mend the row or the schema that is in its way.${way === "forward" ? " Or sync again." : ""}`,
    );
  if (schemaChanges.length > 0)
    return against(
      "schema-changed",
      schemaChanges.join(" "),
      `What was added to the schema is not carried. ${ANEW[way]}`,
    );
  if (state === "starting")
    return against("feed-late", `The feed to ${to} is only starting.`, "Wait until it is close behind.");
  return null;
}

const ANEW = {
  forward: "Sync again.",
  back: "Such a way back is not made anew: finish when you are sure of the new release, or go back now.",
};

const said = (what: string, reason: string | null): string => (reason ? `${what} ${reason}` : what);
